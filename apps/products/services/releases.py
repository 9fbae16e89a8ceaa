"""Grey releases: a product reaches some customers first, and can be called back (CAT-3)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from apps.core import audit
from apps.core.events import publish
from apps.core.models import written_by
from apps.customers.models import Customer
from apps.products.enums import PRODUCT_FLOW, ProductPerm, ProductStatus
from apps.products.errors import GreyReleaseIsMissing, PercentIsOutOfRange, ProductIsNotGrey
from apps.products.events import ProductReleasedGrey, ProductSalesStopped
from apps.products.models import GreyRelease, Product
from apps.products.services.products import ensure_priced, require_own
from apps.rbac import services as rbac
from apps.rbac.models import User

WHOLE = 100


@transaction.atomic
def start_grey_release(
    *, product: Product, percent: int | None, actor: User | None, now: datetime
) -> GreyRelease:
    """Let a product out to `percent` of the customers and to its list; None: as it was last.

    Trusted: it was approved, or the caller has asked.
    :raises ProductHasNoPrice: if there would be nothing to buy
    :raises GreyReleaseIsMissing: if nobody ever said how far
    """
    product = Product.objects.lock(product)
    ensure_priced(product=product, now=now)
    release = GreyRelease.objects.filter(product=product).first()
    if release is None and percent is None:
        raise GreyReleaseIsMissing(product=product)
    release = release or GreyRelease(product=product)
    release.started_at = now
    if percent is not None:
        release.percent = ensure_percent(percent=percent)
    written_by(release, actor)
    release.save()
    PRODUCT_FLOW.move(
        product, ProductStatus.GREY, actor=actor, grey_at=now, reason=f"{release.percent} %"
    )
    publish(ProductReleasedGrey(product_id=product.pk))
    return release


@transaction.atomic
def resume_grey_release(*, product: Product, actor: User, now: datetime) -> GreyRelease:
    """Let a product out again as far as it was before it was called back.

    Trusted: _require asks rbac.require.
    :raises GreyReleaseIsMissing: if it never was in a grey release
    """
    _require(product, actor)
    return start_grey_release(product=product, percent=None, actor=actor, now=now)


@transaction.atomic
def change_grey_release(
    *,
    product: Product,
    percent: int,
    customers: Iterable[Customer],
    actor: User,
    now: datetime,
) -> GreyRelease:
    """Say how far a running release reaches from now on.

    Trusted: _require asks rbac.require.
    :raises ProductIsNotGrey: :raises PercentIsOutOfRange:
    """
    _require(product, actor)
    product = Product.objects.lock(product)
    if product.status != ProductStatus.GREY:
        raise ProductIsNotGrey(product=product, status=product.get_status_display())
    release = GreyRelease.objects.lock(GreyRelease.objects.get(product=product))
    before = _reach(release)
    release.percent = ensure_percent(percent=percent)
    written_by(release, actor)
    release.save(update_fields=["percent"])
    release.customers.set(customers)
    audit.record(
        actor=actor,
        verb="product.grey_changed",
        thing=product,
        before=before,
        after=_reach(release),
    )
    return release


@transaction.atomic
def roll_back_grey_release(*, product: Product, actor: User, now: datetime) -> Product:
    """Call a grey release back at once: nobody new gets the product, who has it keeps and renews
    it.

    Trusted: _require asks rbac.require.
    :raises ProductIsNotGrey: if it is not in one
    """
    _require(product, actor)
    product = Product.objects.lock(product)
    if product.status != ProductStatus.GREY:
        raise ProductIsNotGrey(product=product, status=product.get_status_display())
    PRODUCT_FLOW.move(
        product,
        ProductStatus.NO_NEW_SALES,
        actor=actor,
        sales_stopped_at=now,
        reason="grey release rolled back",
    )
    publish(ProductSalesStopped(product_id=product.pk))
    return product


def ensure_percent(*, percent: int) -> int:
    """Trusted: compares.

    :raises PercentIsOutOfRange: unless it is a share of the customers
    """
    if not 0 <= percent <= WHOLE:
        raise PercentIsOutOfRange(fields={"percent": PercentIsOutOfRange.message})
    return percent


def _require(product: Product, actor: User) -> None:
    rbac.require(actor, ProductPerm.PUBLISH, product)
    require_own(product=product, actor=actor)


def _reach(release: GreyRelease) -> dict[str, object]:
    names = release.customers.order_by("pk").values_list("number", flat=True)
    return {"percent": release.percent, "customers": list(names)}
