"""What is asked for about resources: their owners and staff alike ask for a release."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.approvals.asking import Ask, AskForm, RowField, YuanField, register
from apps.billing import services as billing
from apps.billing.enums import CURRENCY, WalletPerm
from apps.clouds import services
from apps.clouds.enums import ResourcePerm, ResourceStatus
from apps.clouds.models import BillPeriod, Resource
from apps.core.money import round_fen
from apps.rbac.models import User

THERE = (ResourceStatus.RUNNING, ResourceStatus.STOPPED, ResourceStatus.EXPIRED)


def _releasable(user: User) -> Any:
    return Resource.objects.visible_to(user).filter(status__in=THERE).order_by("-pk")


class ReleaseForm(AskForm):
    resource = RowField(Resource.objects.all(), rows=_releasable, label=_("Resource"))


class SettlementForm(AskForm):
    period = RowField(
        BillPeriod.objects.all(),
        rows=lambda user: BillPeriod.objects.visible_to(user).filter(currency=CURRENCY),
        label=_("Month of a vendor"),
    )
    amount = YuanField(label=_("Amount to pay"), min_value=0)
    charged = YuanField(label=_("Charged to customers"), min_value=0, required=False)


def settle(*, period: BillPeriod, **asked: Any) -> Any:
    """Ask that the vendor of a month's bill be paid."""
    return billing.request_supplier_settlement(
        tenant=period.tenant,
        supplier=period.vendor.name if period.vendor else period.provider_name,
        month=period.month,
        billed=round_fen(period.billed_total),
        subject=("clouds.BillPeriod", period.pk),
        **asked,
    )


register(
    Ask(
        "clouds.resource_release",
        ReleaseForm,
        services.request_release,
        ResourcePerm.REQUEST_RELEASE,
        for_customers=ReleaseForm,
        intro=_("Once it is agreed to, the cloud deletes it with everything on it."),
    )
)
register(Ask("billing.supplier_settlement", SettlementForm, settle, WalletPerm.REQUEST_SETTLEMENT))
