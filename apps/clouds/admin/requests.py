"""Requests for approval that begin on the pages of resources and of vendors' bills."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals.models import Approval
from apps.approvals.requestadmin import Request, RequestForm
from apps.billing.enums import CURRENCY, WalletPerm
from apps.clouds import services
from apps.clouds.asking import settle
from apps.clouds.enums import ResourcePerm
from apps.clouds.models import BillPeriod, Resource
from apps.core.money import round_fen


class SettlementForm(RequestForm):
    """What was billed and what customers were charged is shown beside what is to be paid."""

    amount = forms.DecimalField(
        label=gettext_lazy("Amount to pay"), min_value=0, max_digits=18, decimal_places=2
    )
    charged = forms.DecimalField(
        label=gettext_lazy("Charged to customers"),
        min_value=0,
        max_digits=18,
        decimal_places=2,
        required=False,
    )

    def prepare(self) -> None:
        self.fields["amount"].initial = round_fen(self.thing.billed_total)


def _release_problem(resource: Resource) -> str:
    if not services.is_releasable(resource=resource):
        return _("There is nothing to release.")
    running = Approval.objects.running().about(("clouds.Resource", resource.pk)).first()
    return _("{number} is in progress.").format(number=running.number) if running else ""


def _settlement_problem(period: BillPeriod) -> str:
    if period.currency != CURRENCY:
        return _("The bill is not in yuan.")
    running = Approval.objects.running().about(("clouds.BillPeriod", period.pk)).first()
    return _("{number} is in progress.").format(number=running.number) if running else ""


RELEASE = Request(
    "release",
    gettext_lazy("Request its release"),
    RequestForm,
    services.request_release,
    permission=ResourcePerm.REQUEST_RELEASE,
    arg="resource",
    problem=_release_problem,
    intro=gettext_lazy("Once it is agreed to, the cloud deletes it with everything on it."),
)
SETTLEMENT = Request(
    "settlement",
    gettext_lazy("Request the payment of the supplier"),
    SettlementForm,
    settle,
    permission=WalletPerm.REQUEST_SETTLEMENT,
    arg="period",
    problem=_settlement_problem,
)
