from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.approvals.engine.graph import Graph, from_json
from apps.approvals.enums import VERSION_FLOW, ApprovalPerm, VersionStatus
from apps.approvals.kinds import get
from apps.core.models import ExactCharField, LockableQuerySet, history
from apps.rbac.enums import TenantKind

if TYPE_CHECKING:
    from apps.rbac.models import User


class FlowDefinitionQuerySet(LockableQuerySet["FlowDefinition"]):
    def visible_to(self, user: "User") -> Self:
        """The flows of the user's tenant and below; the platform's default, which all run on."""
        if not user.is_active or not user.is_staff or not user.has_perm(ApprovalPerm.VIEW_FLOW):
            return self.none()
        if user.is_superuser:
            return self
        return self.filter(Q(tenant=None) | Q(tenant__path__startswith=user.tenant.path))

    def editable_by(self, user: "User") -> Self:
        """Those that the user may change: the default belongs to the platform's staff."""
        visible = self.visible_to(user)
        if user.is_superuser or user.tenant.kind == TenantKind.PLATFORM:
            return visible
        return visible.exclude(tenant=None)


class FlowDefinition(models.Model):
    """The flow of one kind; without a tenant it is the default for all that have none."""

    kind = models.CharField(_("kind"), max_length=64, db_index=True)
    tenant = models.ForeignKey(
        "rbac.Tenant",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tenant"),
    )
    # MariaDB has no unique index that counts NULLs: the kind and the tenant as one text.
    key = ExactCharField(_("key"), max_length=100, unique=True, editable=False)
    current = models.OneToOneField(
        "approvals.FlowVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published version"),
    )
    created_at = models.DateTimeField(_("created at"))
    history = history()

    objects = FlowDefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval flow")
        verbose_name_plural = _("approval flows")
        ordering = ("kind", "pk")

    def __str__(self) -> str:
        return f"{get(self.kind).label} · {self.tenant or _('default')}"


def key_of(kind: str, tenant_id: int | None) -> str:
    return f"{kind}@{tenant_id or ''}"


class FlowVersionQuerySet(LockableQuerySet["FlowVersion"]):
    def visible_to(self, user: "User") -> Self:
        """The versions of the flows that the user may see."""
        return self.filter(definition__in=FlowDefinition.objects.visible_to(user))


class FlowVersion(models.Model):
    """One state of a flow. A published one never changes: approvals run on it to their end."""

    definition = models.ForeignKey(
        FlowDefinition, models.PROTECT, related_name="versions", verbose_name=_("flow")
    )
    number = models.PositiveIntegerField(_("version"))
    graph_data = models.JSONField(_("flow"))
    note = models.CharField(_("what changed"), max_length=300, blank=True)
    status = models.CharField(
        _("status"), max_length=16, choices=VersionStatus, default=VersionStatus.DRAFT
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )
    created_at = models.DateTimeField(_("created at"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)
    history = history()

    objects = FlowVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a flow")
        verbose_name_plural = _("versions of flows")
        ordering = ("definition", "-number")
        permissions = [("publish_flowversion", "Can publish approval flows")]
        constraints = [
            models.UniqueConstraint(fields=["definition", "number"], name="flowversion_once"),
            *VERSION_FLOW.constraints(stamps={VersionStatus.PUBLISHED: "published_at"}),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"

    @property
    def graph(self) -> Graph:
        """The flow. :raises GraphIsMalformed: never for a published one"""
        return from_json(self.graph_data, get(self.definition.kind).types())
