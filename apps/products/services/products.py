"""The life of a product on the shelf."""

from datetime import datetime

from django.db import transaction

from apps.core.events import publish
from apps.products.enums import PRODUCT_FLOW, ProductPerm, ProductStatus
from apps.products.errors import (
    ListingNeedsReview,
    ProductHasNoPrice,
    ProductIsNotFrozen,
    ProductIsNotYours,
)
from apps.products.events import (
    ProductFrozen,
    ProductPublished,
    ProductRetired,
    ProductSalesStopped,
)
from apps.products.models import Price, Product
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def publish_product(*, product: Product, actor: User, now: datetime) -> Product:
    """Put a product on the shelf, for the first time or again.

    :raises ProductHasNoPrice: if there would be nothing to buy
    """
    rbac.require(actor, ProductPerm.PUBLISH, product)
    require_own(product=product, actor=actor)
    return list_product(product=product, actor=actor, now=now)


@transaction.atomic
def resume_sales(*, product: Product, actor: User, now: datetime) -> Product:
    """Put a product back on the shelf that has been there before, or end its grey release by
    letting everybody have it.

    :raises ListingNeedsReview: for the first time somebody else looks at it
    """
    rbac.require(actor, ProductPerm.PUBLISH, product)
    if not product.was_released:
        raise ListingNeedsReview(product=product)
    return publish_product(product=product, actor=actor, now=now)


@transaction.atomic
def list_product(*, product: Product, actor: User | None, now: datetime) -> Product:
    """Put a product on the shelf. Trusted: it was approved, or the actor may.

    :raises ProductHasNoPrice: if there would be nothing to buy
    """
    product = Product.objects.lock(product)
    ensure_priced(product=product, now=now)

    PRODUCT_FLOW.move(product, ProductStatus.ON_SALE, actor=actor, on_sale_at=now)
    publish(ProductPublished(product_id=product.pk))
    return product


@transaction.atomic
def stop_sales(*, product: Product, actor: User, now: datetime) -> Product:
    """Take a product off the shelf: nobody new can buy it, what is sold goes on and is renewed.

    Trusted: _own_locked asks rbac.require.
    """
    product = _own_locked(product, actor)
    PRODUCT_FLOW.move(product, ProductStatus.NO_NEW_SALES, actor=actor, sales_stopped_at=now)
    publish(ProductSalesStopped(product_id=product.pk))
    return product


@transaction.atomic
def freeze_product(*, product: Product, actor: User, now: datetime) -> Product:
    """Let nobody buy, renew or resize a product; what runs goes on to its end.

    Trusted: _own_locked asks rbac.require.
    """
    product = _own_locked(product, actor)
    PRODUCT_FLOW.move(product, ProductStatus.FROZEN, actor=actor, frozen_at=now)
    publish(ProductFrozen(product_id=product.pk))
    return product


@transaction.atomic
def thaw_product(*, product: Product, actor: User, now: datetime) -> Product:
    """Let what was sold of a frozen product be renewed again; new sales stay stopped.

    Trusted: _own_locked asks rbac.require.
    """
    product = _own_locked(product, actor)
    if product.status != ProductStatus.FROZEN:
        raise ProductIsNotFrozen(product=product, status=product.get_status_display())
    PRODUCT_FLOW.move(product, ProductStatus.NO_NEW_SALES, actor=actor, sales_stopped_at=now)
    publish(ProductSalesStopped(product_id=product.pk))
    return product


@transaction.atomic
def retire_product(*, product: Product, actor: User, now: datetime) -> Product:
    """End a product for good.

    Trusted: _own_locked asks rbac.require.
    """
    product = _own_locked(product, actor)
    PRODUCT_FLOW.move(product, ProductStatus.RETIRED, actor=actor, retired_at=now)
    publish(ProductRetired(product_id=product.pk))
    return product


@transaction.atomic
def send_back_to_draft(*, product: Product, actor: User | None, reason: str) -> Product:
    """A review that ended without a yes: the product is a draft again, to be improved.

    Trusted: the review's outcome, or an edit that was allowed. Twice is as good as once.
    """
    product = Product.objects.lock(product)
    if product.status == ProductStatus.REVIEW:
        PRODUCT_FLOW.move(product, ProductStatus.DRAFT, actor=actor, reason=reason)
    return product


def ensure_priced(*, product: Product, now: datetime) -> int:
    """How many SKUs on offer have a price. Trusted: looks.

    :raises ProductHasNoPrice: if there would be nothing to buy
    """
    prices = Price.objects.at(now).filter(sku__product=product, sku__is_active=True)
    count = prices.count()
    if not count:
        raise ProductHasNoPrice(product=product)
    return count


def _own_locked(product: Product, actor: User) -> Product:
    rbac.require(actor, ProductPerm.PUBLISH, product)
    require_own(product=product, actor=actor)
    return Product.objects.lock(product)


def require_own(*, product: Product, actor: User) -> None:
    """Trusted: a second gate behind rbac.require, for those who see more than they may change.

    :raises ProductIsNotYours: if the product belongs to a tenant above the actor's
    """
    if not Product.objects.editable_by(actor).filter(pk=product.pk).exists():
        raise ProductIsNotYours(product=product, tenant=product.tenant)
