"""Which colour a state wears, here and in the portal alike."""

from decimal import Decimal, InvalidOperation
from typing import Any

from apps.approvals.enums import (
    ApprovalStatus,
    ApprovalVerb,
    StepStatus,
    TaskStatus,
    VersionStatus,
)
from apps.approvals.kinds import Fact, FactKind
from apps.approvals.models import Approval
from apps.core.modeladmin import AMBER, GREEN, GREY, RED
from apps.core.money import format_yuan

DRAFT, PROGRESS, WAITING, DONE, FAILED = "draft", "progress", "waiting", "done", "failed"
STATUS_COLORS = {
    ApprovalStatus.RUNNING: AMBER,
    ApprovalStatus.APPROVED: GREEN,
    ApprovalStatus.REJECTED: RED,
    ApprovalStatus.WITHDRAWN: GREY,
    ApprovalStatus.VOIDED: GREY,
}
STATUS_TONES: dict[str, str] = {
    ApprovalStatus.RUNNING: WAITING,
    ApprovalStatus.APPROVED: DONE,
    ApprovalStatus.REJECTED: FAILED,
}
STEP_TONES = {
    StepStatus.OPEN: WAITING,
    StepStatus.APPROVED: DONE,
    StepStatus.COPIED: DONE,
    StepStatus.REJECTED: FAILED,
    StepStatus.RETURNED: FAILED,
    StepStatus.SKIPPED: "skipped",
    StepStatus.CANCELLED: "skipped",
}
TASK_TONES = {
    TaskStatus.OPEN: WAITING,
    TaskStatus.APPROVED: DONE,
    TaskStatus.REJECTED: FAILED,
    TaskStatus.RETURNED: FAILED,
}
TASK_COLORS = {
    TaskStatus.OPEN: AMBER,
    TaskStatus.APPROVED: GREEN,
    TaskStatus.REJECTED: RED,
    TaskStatus.RETURNED: RED,
}
VERB_TONES = {
    ApprovalVerb.SUBMIT: PROGRESS,
    ApprovalVerb.RESUBMIT: PROGRESS,
    ApprovalVerb.APPROVE: DONE,
    ApprovalVerb.REJECT: FAILED,
    ApprovalVerb.SEND_BACK: FAILED,
    ApprovalVerb.VOID: FAILED,
    ApprovalVerb.URGE: WAITING,
    ApprovalVerb.REMIND: WAITING,
    ApprovalVerb.ESCALATE: WAITING,
}
VERSION_TONES: dict[str, str] = {VersionStatus.DRAFT: WAITING, VersionStatus.PUBLISHED: DONE}


def amount_of(approval: Approval) -> str:
    """What the request costs, if it is about money."""
    value: Any = approval.facts.get("amount", approval.form.get("amount"))
    try:
        return format_yuan(Decimal(str(value))) if value not in (None, "") else ""
    except InvalidOperation:
        return ""


def fact_text(fact: Fact) -> str:
    """A fact as people write it."""
    if fact.value in (None, ""):
        return "—"
    if fact.kind is FactKind.MONEY:
        return format_yuan(Decimal(fact.value))
    if fact.kind is FactKind.PERCENT:
        return f"{Decimal(fact.value):.2f}".rstrip("0").rstrip(".") + " %"
    return str(fact.value)
