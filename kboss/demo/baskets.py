"""What customers put aside: a cart that is half way to an order, and things to find again."""

from datetime import datetime, timedelta

from apps.products import services as products
from apps.products.models import Product, Sku
from apps.rbac.models import Tenant
from kboss.demo.customers import Account

# (product, SKU, units, periods): monthly, yearly and by use; one of them is on sale.
CARTS = (
    (
        ("sandbox-ecs", "s1-medium", 2, 12),
        ("sandbox-eip", "5m", 2, 12),
        ("sandbox-gpu", "t4-1", 1, 100),
    ),
    (("aliyun-ecs-g8i", "xlarge", 1, 3),),
)
FAVORITES = ("sandbox-ecs", "sandbox-gpu", "aliyun-ecs-g8i")


def fill_baskets(accounts: list[Account], platform: Tenant, now: datetime) -> None:
    """Carts of the first customers, begun yesterday; the favorites of the first one."""
    for account, wanted in zip(accounts, CARTS, strict=False):
        for place, (product, code, quantity, periods) in enumerate(wanted):
            sku = Sku.objects.get(product__tenant=platform, product__code=product, code=code)
            products.add_to_cart(
                customer=account.customer,
                wanted=products.QuoteLineIn(sku.pk, quantity, periods),
                actor=account.owner,
                now=now - timedelta(days=1, minutes=-place),
            )
    first = accounts[0]
    for place, code in enumerate(FAVORITES):
        products.add_favorite(
            customer=first.customer,
            thing=Product.objects.get(tenant=platform, code=code),
            actor=first.owner,
            now=now - timedelta(days=9 - place),
        )
