"""The peer: django-oscar's own offers on a basket. Runs in a process of its own.

python -m benchmarks.oscar URL LINES OFFERS REPEATS prints what it took as JSON.
"""

import json
import sys
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

from benchmarks.harness import best_of
from benchmarks.peers import use_peers

PRODUCTS, COVERED = 200, 8
HAYSTACK = "haystack.backends.simple_backend.SimpleEngine"
APPS = [
    *("analytics", "checkout", "address", "shipping", "catalogue", "catalogue.reviews"),
    *("communication", "partner", "basket", "payment", "offer", "order", "customer", "search"),
    *("voucher", "wishlists"),
]


def set_up(url: str) -> None:
    use_peers()
    import oscar.defaults  # noqa: PLC0415  needs the peers' folder

    parts = urlsplit(url)
    defaults = {name: getattr(oscar.defaults, name) for name in dir(oscar.defaults)}
    contrib = ("admin", "auth", "contenttypes", "sessions", "messages", "sites", "flatpages")
    settings.configure(
        **{name: value for name, value in defaults.items() if name.startswith("OSCAR_")},
        INSTALLED_APPS=[
            *(f"django.contrib.{name}" for name in contrib),
            "oscar",
            *(f"oscar.apps.{name}.apps.{_config(name)}" for name in APPS),
            *("widget_tweaks", "haystack", "treebeard", "django_tables2"),
        ],
        MIGRATION_MODULES=dict.fromkeys([*contrib, *(name.split(".")[-1] for name in APPS)]),
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.mysql",
                "HOST": parts.hostname,
                "PORT": parts.port,
                "USER": parts.username,
                "NAME": parts.path.strip("/"),
                "OPTIONS": {"isolation_level": "read committed"},
            }
        },
        HAYSTACK_CONNECTIONS={
            "default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        SITE_ID=1,
        USE_TZ=True,
    )
    django.setup()


def _config(name: str) -> str:
    special = {"catalogue.reviews": "CatalogueReviewsConfig", "wishlists": "WishlistsConfig"}
    return special.get(name, f"{name.capitalize()}Config")


def prepare(lines: int, offers: int) -> int:
    """A shop, a basket and its offers; the key of the basket."""
    from django.core.management import call_command  # noqa: PLC0415  needs the settings
    from oscar.core.loading import get_model  # noqa: PLC0415  needs the settings

    call_command("migrate", verbosity=0, run_syncdb=True, interactive=False)

    def make(label: str, **facts: Any) -> Any:
        return get_model(*label.split("."))._default_manager.create(**facts)

    kind = make("catalogue.ProductClass", name="server", track_stock=False)
    partner = make("partner.Partner", name="bench")
    products = []
    for number in range(PRODUCTS):
        product = make("catalogue.Product", title=f"p{number}", product_class=kind)
        make(
            "partner.StockRecord",
            product=product,
            partner=partner,
            partner_sku=str(number),
            price=Decimal("100.37"),
        )
        products.append(product)
    for number in range(offers):
        covered = make("offer.Range", name=f"r{number}")
        for place in range(COVERED):
            covered.add_product(products[(number + place * 25) % PRODUCTS])
        make(
            "offer.ConditionalOffer",
            name=f"o{number}",
            priority=number,
            condition=make("offer.Condition", range=covered, type="Count", value=1),
            benefit=make("offer.Benefit", range=covered, type="Percentage", value=15),
        )
    basket = make("basket.Basket")
    basket.strategy = _strategy()
    for product in products[:lines]:
        basket.add_product(product, quantity=2)
    return int(basket.pk)


def price(basket_id: int) -> Decimal:
    from oscar.apps.offer.applicator import Applicator  # noqa: PLC0415  needs the settings
    from oscar.core.loading import get_model  # noqa: PLC0415  needs the settings

    basket = get_model("basket", "Basket")._default_manager.get(pk=basket_id)
    basket.strategy = _strategy()
    Applicator().apply(basket)
    return Decimal(basket.total_excl_tax)


def _strategy() -> Any:
    from oscar.apps.partner.strategy import Selector  # noqa: PLC0415  needs the settings

    return Selector().strategy()


def main() -> None:
    url, lines, offers, repeats = sys.argv[1], *map(int, sys.argv[2:5])
    set_up(url)
    basket = prepare(lines, offers)

    from django.db import connection  # noqa: PLC0415  needs the settings
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415  needs the settings

    with CaptureQueriesContext(connection) as queries:
        total = price(basket)
    taken = best_of(repeats, lambda: price(basket))
    print(json.dumps({"ms": taken * 1000, "queries": len(queries), "total": str(total)}))


if __name__ == "__main__":
    main()
