"""Vocabulary of what is agreed with customers, distributors and suppliers."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.flow import Flow


class AgreementKind(TextChoices):
    FRAMEWORK = "framework", _("Framework")
    PROJECT = "project", _("Project")


class AgreementStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for approval")
    IN_FORCE = "in_force", _("In force")
    EXPIRED = "expired", _("Expired")
    TERMINATED = "terminated", _("Terminated")
    SUPERSEDED = "superseded", _("Superseded by a new version")


AGREEMENT_FLOW = Flow(
    "products.PriceAgreement",
    {
        AgreementStatus.DRAFT: {AgreementStatus.PENDING, AgreementStatus.TERMINATED},
        AgreementStatus.PENDING: {AgreementStatus.DRAFT, AgreementStatus.IN_FORCE},
        AgreementStatus.IN_FORCE: {
            AgreementStatus.EXPIRED,
            AgreementStatus.TERMINATED,
            AgreementStatus.SUPERSEDED,
        },
        AgreementStatus.EXPIRED: set(),
        AgreementStatus.TERMINATED: set(),
        AgreementStatus.SUPERSEDED: set(),
    },
)
# What a customer is shown, and what can have made his prices: it was approved.
AGREED = (
    AgreementStatus.IN_FORCE,
    AgreementStatus.EXPIRED,
    AgreementStatus.TERMINATED,
    AgreementStatus.SUPERSEDED,
)


class OnExpiry(TextChoices):
    LIST_PRICE = "list_price", _("List prices apply")
    GRACE = "grace", _("The prices stay for some days")
    NO_PURCHASES = "no_purchases", _("No purchases until it is renewed")


class CommitmentKind(TextChoices):
    NONE = "none", _("None")
    MONTHLY = "monthly", _("Each month")
    TOTAL = "total", _("Over the whole term")


class PriceListStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for approval")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


PRICE_LIST_FLOW = Flow(
    "products.PriceList",
    {
        PriceListStatus.DRAFT: {
            PriceListStatus.PENDING,
            PriceListStatus.PUBLISHED,
            PriceListStatus.WITHDRAWN,
        },
        PriceListStatus.PENDING: {PriceListStatus.DRAFT, PriceListStatus.PUBLISHED},
        PriceListStatus.PUBLISHED: {PriceListStatus.WITHDRAWN},
        PriceListStatus.WITHDRAWN: set(),
    },
)


class TermKind(TextChoices):
    """The values are those of pricing.CostKind."""

    PURCHASE = "purchase", _("Purchase price")
    REBATE = "rebate", _("Agency rebate")
    BACK_REWARD = "back_reward", _("Quarterly back-reward")
    FUND = "fund", _("Voucher fund")


class DryRunStatus(TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", pgettext_lazy("pricing", "Running")
    DONE = "done", _("Finished")
    FAILED = "failed", _("Failed")


DRY_RUN_FLOW = Flow(
    "products.RuleDryRun",
    {
        DryRunStatus.WAITING: {DryRunStatus.RUNNING, DryRunStatus.FAILED},
        DryRunStatus.RUNNING: {DryRunStatus.DONE, DryRunStatus.FAILED},
        DryRunStatus.DONE: set(),
        DryRunStatus.FAILED: set(),
    },
)


class AgreementPerm(TextChoices):
    VIEW = "products.view_priceagreement", _("view price agreements")
    DRAFT = "products.draft_priceagreement", _("write and submit price agreements")
    TERMINATE = "products.terminate_priceagreement", _("terminate price agreements")


class PriceListPerm(TextChoices):
    VIEW = "products.view_pricelist", _("view price lists")
    PUBLISH = "products.publish_pricelist", _("publish and withdraw price lists")


class ContractPerm(TextChoices):
    VIEW_TERMS = "products.view_supplierterm", _("view terms of suppliers")
    DRY_RUN = "products.dry_run_rules", _("try rules on past orders")
    GIVE_DISCOUNT = "products.give_discount", _("give discounts by hand")


def _edit(*models: str) -> list[str]:
    return [f"products.{act}_{model}" for model in models for act in ("view", "add", "change")]


_READ = [AgreementPerm.VIEW.value, "products.view_agreementprice"]
_WRITE = [
    *_READ,
    "products.add_priceagreement",
    "products.change_priceagreement",
    "products.add_agreementprice",
    "products.change_agreementprice",
    "products.delete_agreementprice",
    AgreementPerm.DRAFT.value,
]

_LISTS = [PriceListPerm.VIEW.value, "products.view_pricelistprice"]
_EDIT_LISTS = [
    *_edit("pricelist", "pricelistprice"),
    "products.delete_pricelistprice",
    PriceListPerm.PUBLISH.value,
]
_RUNS = ["products.view_ruledryrun"]
_SELL = [
    "products.view_discountauthority",
    "products.view_manualdiscount",
    ContractPerm.GIVE_DISCOUNT.value,
]
_LOOK = [*_READ, *_LISTS, *_RUNS, *_SELL[:2]]

GRANTS: dict[str, list[str]] = {
    "administrator": _LOOK,
    "operations": [
        *_WRITE,
        AgreementPerm.TERMINATE.value,
        *_EDIT_LISTS,
        *_edit("supplierterm", "discountauthority"),
        *_RUNS,
        ContractPerm.DRY_RUN.value,
        *_SELL[1:],
    ],
    "sales": [*_WRITE, *_LISTS, *_SELL],
    "sales-manager": [
        *_WRITE,
        AgreementPerm.TERMINATE.value,
        *_LISTS,
        *_edit("discountauthority"),
        *_SELL[1:],
        *_RUNS,
        ContractPerm.DRY_RUN.value,
    ],
    "finance": [*_LOOK, ContractPerm.VIEW_TERMS.value, ContractPerm.DRY_RUN.value],
    "support": _READ,
    "auditor": [*_LOOK, ContractPerm.VIEW_TERMS.value],
    "portal-owner": _READ,
    "portal-technician": _READ,
    "portal-finance": _READ,
}
