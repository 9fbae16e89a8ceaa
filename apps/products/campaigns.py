"""Words of promotions and vouchers: kinds, states, permissions, and who has them by default."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.flow import Flow


class CampaignStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Being approved")
    RUNNING = "running", _("Approved")  # live inside its window, to the second
    PAUSED = "paused", _("Paused")
    ENDED = "ended", _("Ended")


CAMPAIGN_FLOW = Flow(
    "products.Campaign",
    {
        CampaignStatus.DRAFT: {CampaignStatus.SUBMITTED, CampaignStatus.ENDED},
        CampaignStatus.SUBMITTED: {CampaignStatus.DRAFT, CampaignStatus.RUNNING},
        CampaignStatus.RUNNING: {CampaignStatus.PAUSED, CampaignStatus.ENDED},
        # Back to a draft: it is changed, and approved anew.
        CampaignStatus.PAUSED: {
            CampaignStatus.RUNNING,
            CampaignStatus.DRAFT,
            CampaignStatus.ENDED,
        },
        CampaignStatus.ENDED: set(),
    },
)


class PromotionKind(TextChoices):
    """The names are those of pricing.Kind."""

    PLATFORM = "platform", _("Standing discount")
    PROMOTION = "promotion", _("Promotion")
    FIRST_ORDER = "first_order", _("First order")
    FLASH_SALE = "flash_sale", _("Flash sale")
    SPEND_AND_SAVE = "spend_and_save", _("Spend and save")


class BatchStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Being approved")
    APPROVED = "approved", _("Can be issued")
    CLOSED = "closed", _("Closed")


BATCH_FLOW = Flow(
    "products.VoucherBatch",
    {
        BatchStatus.DRAFT: {BatchStatus.SUBMITTED, BatchStatus.CLOSED},
        BatchStatus.SUBMITTED: {BatchStatus.DRAFT, BatchStatus.APPROVED},
        BatchStatus.APPROVED: {BatchStatus.CLOSED},
        BatchStatus.CLOSED: set(),
    },
)


class VoucherStatus(TextChoices):
    ISSUED = "issued", _("Not claimed")
    AVAILABLE = "available", _("Can be used")
    RESERVED = "reserved", _("In an order")
    USED = "used", _("Used")
    EXPIRED = "expired", _("Expired")
    VOID = "void", _("Void")


VOUCHER_FLOW = Flow(
    "products.Voucher",
    {
        VoucherStatus.ISSUED: {
            VoucherStatus.AVAILABLE,
            VoucherStatus.EXPIRED,
            VoucherStatus.VOID,
        },
        VoucherStatus.AVAILABLE: {
            VoucherStatus.RESERVED,
            VoucherStatus.EXPIRED,
            VoucherStatus.VOID,
        },
        # Released when the order never started; used for good when it did.
        VoucherStatus.RESERVED: {VoucherStatus.AVAILABLE, VoucherStatus.USED},
        VoucherStatus.USED: set(),
        VoucherStatus.EXPIRED: set(),
        VoucherStatus.VOID: set(),
    },
)


class IssueStatus(TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", pgettext_lazy("pricing", "Running")
    DONE = "done", _("Done")
    STOPPED = "stopped", _("Stopped")


ISSUE_FLOW = Flow(
    "products.VoucherIssue",
    {
        IssueStatus.WAITING: {IssueStatus.RUNNING},
        IssueStatus.RUNNING: {IssueStatus.DONE, IssueStatus.STOPPED},
        IssueStatus.DONE: set(),
        IssueStatus.STOPPED: set(),
    },
)


class CampaignPerm(TextChoices):
    VIEW = "products.view_campaign", _("view campaigns")
    ADD = "products.add_campaign", _("make campaigns")
    CHANGE = "products.change_campaign", _("edit campaigns")
    SUBMIT = "products.submit_campaign", _("ask for campaigns to go live")
    STOP = "products.stop_campaign", _("pause and end campaigns")


class VoucherPerm(TextChoices):
    VIEW = "products.view_voucher", _("view vouchers")
    ISSUE = "products.issue_voucher", _("issue vouchers")
    VOID = "products.void_voucher", _("void vouchers")
    REDEEM = "products.redeem_voucher", _("claim vouchers by their codes")
    SUBMIT_BATCH = "products.submit_voucherbatch", _("ask for vouchers to be approved")
    CLOSE_BATCH = "products.close_voucherbatch", _("stop issuing vouchers of a batch")


_SEE = [
    CampaignPerm.VIEW.value,
    VoucherPerm.VIEW.value,
    "products.view_promotion",
    "products.view_voucherbatch",
    "products.view_voucherissue",
    "products.view_ruleclaim",
]
_RUN = [
    *_SEE,
    *CampaignPerm.values,
    *(f"products.{act}_{name}" for act in ("add", "change", "delete") for name in ("promotion",)),
    "products.add_voucherbatch",
    "products.change_voucherbatch",
    VoucherPerm.ISSUE.value,
    VoucherPerm.VOID.value,
    VoucherPerm.SUBMIT_BATCH.value,
    VoucherPerm.CLOSE_BATCH.value,
]
_PORTAL = ["products.view_promotion", VoucherPerm.VIEW.value]

GRANTS: dict[str, list[str]] = {
    "administrator": _SEE,
    "operations": _RUN,
    "sales": _SEE,
    "sales-manager": _SEE,
    "finance": _SEE,
    "support": _SEE,
    "auditor": _SEE,
    "portal-owner": [*_PORTAL, VoucherPerm.REDEEM.value],
    "portal-technician": [*_PORTAL, VoucherPerm.REDEEM.value],
    "portal-finance": [*_PORTAL, VoucherPerm.REDEEM.value],
}
