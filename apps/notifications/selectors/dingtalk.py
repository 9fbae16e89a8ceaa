"""Whose DingTalk serves whom, and who is missing there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from apps.notifications.models import DingtalkProcess, DingtalkSettings, DingtalkUser
from apps.rbac.models import Department, Tenant, User


@dataclass(frozen=True)
class Unmapped:
    """People and departments that DingTalk will not reach."""

    people: list[User]
    departments: list[Department]


def settings_for(tenant: Tenant) -> DingtalkSettings | None:
    """The DingTalk of a tenant: its own, else the nearest above it."""
    return DingtalkSettings.objects.serving(tenant.path).select_related("tenant").first()


def process_for(settings: DingtalkSettings, kind: str) -> DingtalkProcess | None:
    return DingtalkProcess.objects.filter(settings=settings, kind=kind).first()


def userids(settings: DingtalkSettings, user_ids: Iterable[int]) -> dict[int, str]:
    """The DingTalk ids of those of these people who have one."""
    rows = DingtalkUser.objects.filter(settings=settings, user_id__in=list(user_ids))
    return dict(rows.values_list("user_id", "userid"))


def people_served(settings: DingtalkSettings) -> QuerySet[User]:
    """Active staff of the tenant and of those below it that have no DingTalk of their own."""
    rows: QuerySet[User] = User.objects.staff().filter(
        is_active=True, tenant__in=_tenants(settings)
    )
    return rows.order_by("pk")


def departments_served(settings: DingtalkSettings) -> QuerySet[Department]:
    rows: QuerySet[Department] = Department.objects.filter(tenant__in=_tenants(settings))
    return rows


def unmapped(settings: DingtalkSettings) -> Unmapped:
    """The mapping report."""
    return Unmapped(
        people=list(
            people_served(settings)
            .filter(dingtalk__isnull=True)
            .select_related("department", "tenant")
        ),
        departments=list(departments_served(settings).filter(dingtalk__isnull=True)),
    )


def _tenants(settings: DingtalkSettings) -> QuerySet[Tenant]:
    """The subtree of the tenant, without the subtrees that another DingTalk serves."""
    tenants: QuerySet[Tenant] = Tenant.objects.filter(path__startswith=settings.tenant.path)
    others = DingtalkSettings.objects.filter(
        is_active=True, tenant__path__startswith=settings.tenant.path
    ).exclude(pk=settings.pk)
    for path in others.values_list("tenant__path", flat=True):
        tenants = tenants.exclude(path__startswith=path)
    return tenants
