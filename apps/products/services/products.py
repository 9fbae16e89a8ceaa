"""The life of a product on the shelf."""

from datetime import datetime

from django.db import transaction

from apps.core.events import publish
from apps.products.enums import PRODUCT_FLOW, ProductPerm, ProductStatus
from apps.products.errors import ListingNeedsReview, ProductHasNoPrice, ProductIsNotYours
from apps.products.events import ProductPublished, ProductRetired, ProductSalesStopped
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
    """Put a product back on the shelf that has been there before.

    :raises ListingNeedsReview: for the first time somebody else looks at it
    """
    rbac.require(actor, ProductPerm.PUBLISH, product)
    if product.on_sale_at is None:
        raise ListingNeedsReview(product=product)
    return publish_product(product=product, actor=actor, now=now)


@transaction.atomic
def list_product(*, product: Product, actor: User | None, now: datetime) -> Product:
    """Put a product on the shelf. Trusted: it was approved, or the actor may.

    :raises ProductHasNoPrice: if there would be nothing to buy
    """
    product = Product.objects.lock(product)
    offered = Price.objects.at(now).filter(sku__product=product, sku__is_active=True)
    if not offered.exists():
        raise ProductHasNoPrice(product=product)

    PRODUCT_FLOW.move(product, ProductStatus.ON_SALE, actor=actor, on_sale_at=now)
    publish(ProductPublished(product_id=product.pk))
    return product


@transaction.atomic
def stop_sales(*, product: Product, actor: User, now: datetime) -> Product:
    """Take a product off the shelf: nobody new can buy it, what is sold goes on."""
    rbac.require(actor, ProductPerm.PUBLISH, product)
    require_own(product=product, actor=actor)
    product = Product.objects.lock(product)

    PRODUCT_FLOW.move(product, ProductStatus.NO_NEW_SALES, actor=actor, sales_stopped_at=now)
    publish(ProductSalesStopped(product_id=product.pk))
    return product


@transaction.atomic
def retire_product(*, product: Product, actor: User, now: datetime) -> Product:
    """End a product for good."""
    rbac.require(actor, ProductPerm.PUBLISH, product)
    require_own(product=product, actor=actor)
    product = Product.objects.lock(product)

    PRODUCT_FLOW.move(product, ProductStatus.RETIRED, actor=actor, retired_at=now)
    publish(ProductRetired(product_id=product.pk))
    return product


def require_own(*, product: Product, actor: User) -> None:
    """Trusted: a second gate behind rbac.require, for those who see more than they may change.

    :raises ProductIsNotYours: if the product belongs to a tenant above the actor's
    """
    if not Product.objects.editable_by(actor).filter(pk=product.pk).exists():
        raise ProductIsNotYours(product=product, tenant=product.tenant)
