"""Who sees the catalogue: a tenant sells its own products and those of the tenants above it."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from apps.core.models import LockableQuerySet
from apps.products.enums import ProductStatus
from apps.rbac.enums import TenantKind, UserKind
from apps.rbac.models import Tenant, User


def lineage(tenant: Tenant) -> list[str]:
    """The tree paths of a tenant and of all above it."""
    path, step = tenant.path, tenant.steplen
    return [path[:end] for end in range(step, len(path) + 1, step)]


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
        what their tenant offers."""
        if not user.has_perm(view_permission(self.model)):
            return self.none()
        if user.is_superuser:
            return self
        if user.kind == UserKind.PORTAL:
            return self.offered_by(user.tenant) if self.is_shown_in_portal else self.none()
        above = Q(**{self._path("tenant__path__in"): lineage(user.tenant)})
        return self.filter(above | self._below(user.tenant))

    def editable_by(self, user: User) -> Self:
        """A distributor sells the platform's products but changes only its own."""
        visible = self.visible_to(user)
        return visible if user.is_superuser else visible.filter(self._below(user.tenant))

    def offered_by(self, tenant: Tenant) -> Self:
        """What customers of the tenant can look up and buy."""
        return self.filter(
            **{
                self._path("tenant__path__in"): lineage(tenant),
                self._path("status"): ProductStatus.ON_SALE,
            }
        )

    def _below(self, tenant: Tenant) -> Q:
        return Q(**{self._path("tenant__path__startswith"): tenant.path})

    def _path(self, lookup: str) -> str:
        return f"{self.product_path}__{lookup}" if self.product_path else lookup


def view_permission(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.view_{model._meta.model_name}"


def in_effect(at: datetime, prefix: str = "") -> Q:
    """Rows whose half-open period [valid_from, valid_until) holds the moment."""
    has_begun = Q(**{f"{prefix}valid_from__lte": at})
    never_ends = Q(**{f"{prefix}valid_until__isnull": True})
    return has_begun & (never_ends | Q(**{f"{prefix}valid_until__gt": at}))
