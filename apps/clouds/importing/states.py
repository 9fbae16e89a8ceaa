"""States and permissions of the bill import."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class BillFormat(TextChoices):
    FOCUS = "focus", "FOCUS 1.0–1.3"


class ImportScope(TextChoices):
    """What it means when a line of an earlier file is not in this one."""

    COMPLETE = "complete", _("The whole month: lines that are missing here are withdrawn")
    ADDITION = "addition", _("A part of the month: lines are only added")


class ImportStatus(TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    BLOCKED = "blocked", _("Needs a decision")
    FAILED = "failed", _("Failed")


IMPORT_FLOW = Flow(
    "clouds.BillImport",
    {
        ImportStatus.WAITING: {ImportStatus.RUNNING},
        ImportStatus.RUNNING: {ImportStatus.DONE, ImportStatus.BLOCKED, ImportStatus.FAILED},
        # Once more, with the decision made or the cause gone.
        ImportStatus.BLOCKED: {ImportStatus.WAITING},
        ImportStatus.FAILED: {ImportStatus.WAITING},
        ImportStatus.DONE: set(),
    },
)


class CostBasis(TextChoices):
    """Which of the vendor's figures the customer's discount is taken from."""

    LIST = "list", _("List price, without prepayments")
    BILLED = "billed", _("What the vendor billed")


class BillImportPerm(TextChoices):
    VIEW = "clouds.view_billimport", _("view bill imports")
    ADD = "clouds.add_billimport", _("import vendor bills")
    RETRY = "clouds.retry_billimport", _("run a bill import again")
    VIEW_LINE = "clouds.view_vendorbillline", _("view vendors' bill lines")
    VIEW_PERIOD = "clouds.view_billperiod", _("view vendors' billing periods")
    RATE = "clouds.rate_billperiod", _("bill customers for a vendor's month")
    VIEW_SUB_ACCOUNT = "clouds.view_subaccount", _("view sub-accounts")
    MAP_SUB_ACCOUNT = "clouds.map_subaccount", _("give sub-accounts to customers")
    VIEW_EXCHANGE_RATE = "clouds.view_exchangerate", _("view exchange rates")
    ADD_EXCHANGE_RATE = "clouds.add_exchangerate", _("enter exchange rates")
    VIEW_RATING = "clouds.view_usagerating", _("view customers' rated usage")


_SEE: list[str] = [
    BillImportPerm.VIEW,
    BillImportPerm.VIEW_LINE,
    BillImportPerm.VIEW_PERIOD,
    BillImportPerm.VIEW_SUB_ACCOUNT,
    BillImportPerm.VIEW_EXCHANGE_RATE,
    BillImportPerm.VIEW_RATING,
]
_DO: list[str] = [
    BillImportPerm.ADD,
    BillImportPerm.RETRY,
    BillImportPerm.RATE,
    BillImportPerm.MAP_SUB_ACCOUNT,
    BillImportPerm.ADD_EXCHANGE_RATE,
]
# Part of the app's STANDARD_GRANTS.
BILL_GRANTS: dict[str, list[str]] = {
    "finance": [*_SEE, *_DO],
    "operations": [*_SEE, BillImportPerm.ADD, BillImportPerm.RETRY, BillImportPerm.MAP_SUB_ACCOUNT],
    "auditor": _SEE,
    "administrator": _SEE,
}
