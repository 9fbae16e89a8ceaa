"""Who sees the catalogue: a tenant sells its own products and those of the tenants above it."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Self

from django.apps import apps
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from apps.core.models import LockableQuerySet
from apps.customers.models import Customer
from apps.products.enums import PRODUCT_ACTIONS, ProductAction, ProductStatus, Visibility
from apps.rbac.enums import TenantKind, UserKind
from apps.rbac.models import Tenant, User

BUCKETS = 100
# Coprime to BUCKETS: of a hundred customers in a row each falls into another bucket.
BY_CUSTOMER, BY_PRODUCT = 37, 71


def lineage(tenant: Tenant) -> list[str]:
    """The tree paths of a tenant and of all above it."""
    path, step = tenant.path, tenant.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


def bucket_of(*, product_id: int, customer_id: int) -> int:
    """Where a customer stands in the grey releases of a product: from 0 to 99, for good.

    A release of n percent reaches the buckets below n, so more percent only ever add customers.
    """
    return (product_id * BY_PRODUCT + customer_id * BY_CUSTOMER) % BUCKETS


class SharedQuerySet[M: models.Model](LockableQuerySet[M]):
    """Reference data: read by whoever may, written by the platform's staff alone."""

    def visible_to(self, user: User) -> Self:
        return self if user.has_perm(view_permission(self.model)) else self.none()

    def editable_by(self, user: User) -> Self:
        is_platform = user.is_superuser or user.tenant.kind == TenantKind.PLATFORM
        return self.visible_to(user) if is_platform else self.none()


class CatalogueQuerySet[M: models.Model](LockableQuerySet[M]):
    """Rows that hang on a product. `product_path` leads there."""

    product_path: ClassVar[str] = ""
    is_shown_in_portal: ClassVar[bool] = True

    def visible_to(self, user: User) -> Self:
        """Staff: the products of the tenants above and below their own, and it. Portal users:
        what is offered to the customer they act for."""
        if not user.has_perm(view_permission(self.model)):
            return self.none()
        if user.is_superuser:
            return self
        if user.kind == UserKind.PORTAL:
            return self._shown_to_member(user)
        above = Q(**{self._path("tenant__path__in"): lineage(user.tenant)})
        return self.filter(above | self._below(user.tenant))

    def editable_by(self, user: User) -> Self:
        """A distributor sells the platform's products but changes only its own."""
        visible = self.visible_to(user)
        return visible if user.is_superuser else visible.filter(self._below(user.tenant))

    def offered_to(self, customer: Customer, at: datetime) -> Self:
        """What a customer can look up and buy (CAT-3): it is sold by his tenant or one above, is
        on sale or in a grey release that reaches him, and is shown to everybody or to him.

        List, search, detail, quotes and previews: all ask this one method.
        """
        on_sale, public = self._on_sale(), self._public()
        grey = Q(**{self._path("status"): ProductStatus.GREY}) & self._released_to(customer, at)
        invited = Q(**{self._path("visibility"): Visibility.INVITED}) & self._invited(customer)
        return self.sold_by(customer.tenant).filter(on_sale | grey).filter(public | invited)

    def offered_to_all(self, paths: Sequence[str]) -> Self:
        """What every customer of the tenants with these tree paths can look up, buy, renew and
        resize: the greater part of what is `offered_to` and `open_to` one, and cheap to ask."""
        on_shelves = Q(**{self._path("tenant__path__in"): paths})
        return self.filter(on_shelves, self._on_sale(), self._public())

    def open_to(self, customer: Customer, action: ProductAction, at: datetime) -> Self:
        """What a customer may buy; or renew or resize, if he has it: then nobody asks who sees it.

        Whether he has it the caller knows.
        """
        if action in {ProductAction.BUY, ProductAction.SHOW}:
            return self.offered_to(customer, at)
        states = [status for status, acts in PRODUCT_ACTIONS.items() if action in acts]
        return self.sold_by(customer.tenant).filter(**{self._path("status__in"): states})

    def sold_by(self, tenant: Tenant) -> Self:
        """The shelves of a tenant and of those above it, whatever the state of the products."""
        return self.filter(**{self._path("tenant__path__in"): lineage(tenant)})

    def _shown_to_member(self, user: User) -> Self:
        customer = Customer.objects.acted_for_by(user) if self.is_shown_in_portal else None
        return self.none() if customer is None else self.offered_to(customer, timezone.now())

    def _on_sale(self) -> Q:
        return Q(**{self._path("status"): ProductStatus.ON_SALE})

    def _public(self) -> Q:
        return Q(**{self._path("visibility"): Visibility.PUBLIC})

    def _released_to(self, customer: Customer, at: datetime) -> Q:
        bucket = (F("product_id") * BY_PRODUCT + customer.pk * BY_CUSTOMER) % BUCKETS
        releases = apps.get_model("products", "GreyRelease")._default_manager.alias(bucket=bucket)
        reaches = Q(bucket__lt=F("percent")) | Exists(
            releases.model.customers.through.objects.filter(
                greyrelease=OuterRef("pk"), customer=customer.pk
            )
        )
        return Q(Exists(releases.filter(reaches, self._of_product(), started_at__lte=at)))

    def _invited(self, customer: Customer) -> Q:
        invitations = apps.get_model("products", "ProductInvitation")._default_manager
        return Q(Exists(invitations.reaching(customer).filter(self._of_product())))

    def _of_product(self) -> Q:
        return Q(product=OuterRef(self._path("pk")))

    def _below(self, tenant: Tenant) -> Q:
        return Q(**{self._path("tenant__path__startswith"): tenant.path})

    def _path(self, lookup: str) -> str:
        return f"{self.product_path}__{lookup}" if self.product_path else lookup


class OwnCatalogueQuerySet[M: models.Model](CatalogueQuerySet[M]):
    """Rows that say more than those who merely sell a product may know."""

    product_path = "product"
    is_shown_in_portal = False

    def visible_to(self, user: User) -> Self:
        visible = super().visible_to(user)
        return visible if user.is_superuser else visible.filter(self._below(user.tenant))


def view_permission(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def in_effect(at: datetime, prefix: str = "") -> Q:
    """Rows whose half-open period [valid_from, valid_until) holds the moment."""
    has_begun = Q(**{f"{prefix}valid_from__lte": at})
    never_ends = Q(**{f"{prefix}valid_until__isnull": True})
    return has_begun & (never_ends | Q(**{f"{prefix}valid_until__gt": at}))
