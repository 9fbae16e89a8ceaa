from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.flow import Flow


class ApprovalStatus(models.TextChoices):
    RUNNING = "running", _("In progress")
    APPROVED = "approved", pgettext_lazy("approval", "Approved")
    REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    VOIDED = "voided", _("Voided")


APPROVAL_FLOW = Flow(
    "approvals.Approval",
    {
        ApprovalStatus.RUNNING: {
            ApprovalStatus.APPROVED,
            ApprovalStatus.REJECTED,
            ApprovalStatus.WITHDRAWN,
            ApprovalStatus.VOIDED,
        },
        ApprovalStatus.APPROVED: set(),
        ApprovalStatus.REJECTED: set(),
        ApprovalStatus.WITHDRAWN: set(),
        ApprovalStatus.VOIDED: set(),
    },
)


class EffectStatus(models.TextChoices):
    """Whether the owning app has been told the outcome."""

    NONE = "none", _("Not decided yet")
    PENDING = "pending", _("Being carried out")
    DONE = "done", _("Carried out")
    HELD = "held", _("Held for a person")


EFFECT_FLOW = Flow(
    "approvals.Approval",
    {
        EffectStatus.NONE: {EffectStatus.PENDING, EffectStatus.DONE},
        EffectStatus.PENDING: {EffectStatus.DONE, EffectStatus.HELD},
        EffectStatus.HELD: {EffectStatus.PENDING},
        EffectStatus.DONE: set(),
    },
    field="effect",
)


class StepStatus(models.TextChoices):
    WAITING = "waiting", _("Not reached yet")
    OPEN = "open", _("Being decided")
    APPROVED = "approved", pgettext_lazy("approval", "Approved")
    REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
    RETURNED = "returned", _("Sent back")
    SKIPPED = "skipped", pgettext_lazy("approval", "Skipped")
    COPIED = "copied", _("Copied")
    CANCELLED = "cancelled", _("Cancelled")


STEP_FLOW = Flow(
    "approvals.Step",
    {
        StepStatus.WAITING: {
            StepStatus.OPEN,
            StepStatus.SKIPPED,
            StepStatus.COPIED,
            StepStatus.CANCELLED,
        },
        StepStatus.OPEN: {
            StepStatus.APPROVED,
            StepStatus.REJECTED,
            StepStatus.RETURNED,
            StepStatus.SKIPPED,
            StepStatus.CANCELLED,
        },
        StepStatus.APPROVED: set(),
        StepStatus.REJECTED: set(),
        StepStatus.RETURNED: set(),
        StepStatus.SKIPPED: set(),
        StepStatus.COPIED: set(),
        StepStatus.CANCELLED: set(),
    },
)


class TaskStatus(models.TextChoices):
    WAITING = "waiting", _("Not reached yet")
    OPEN = "open", _("To do")
    APPROVED = "approved", pgettext_lazy("approval", "Approved")
    REJECTED = "rejected", pgettext_lazy("approval", "Rejected")
    TRANSFERRED = "transferred", _("Handed on")
    RETURNED = "returned", _("Sent back")
    SKIPPED = "skipped", pgettext_lazy("approval", "Skipped")
    CANCELLED = "cancelled", _("Cancelled")


TASK_FLOW = Flow(
    "approvals.Task",
    {
        TaskStatus.WAITING: {
            TaskStatus.OPEN,
            TaskStatus.SKIPPED,
            TaskStatus.TRANSFERRED,
            TaskStatus.CANCELLED,
        },
        TaskStatus.OPEN: {
            TaskStatus.WAITING,
            TaskStatus.APPROVED,
            TaskStatus.REJECTED,
            TaskStatus.TRANSFERRED,
            TaskStatus.RETURNED,
            TaskStatus.CANCELLED,
        },
        TaskStatus.APPROVED: set(),
        TaskStatus.REJECTED: set(),
        TaskStatus.TRANSFERRED: set(),
        TaskStatus.RETURNED: set(),
        TaskStatus.SKIPPED: set(),
        TaskStatus.CANCELLED: set(),
    },
)


class VersionStatus(models.TextChoices):
    DRAFT = "draft", _("Draft")
    PUBLISHED = "published", _("Published")
    RETIRED = "retired", _("Replaced")


VERSION_FLOW = Flow(
    "approvals.FlowVersion",
    {
        VersionStatus.DRAFT: {VersionStatus.PUBLISHED, VersionStatus.RETIRED},
        VersionStatus.PUBLISHED: {VersionStatus.RETIRED},
        VersionStatus.RETIRED: set(),
    },
)


class Door(models.TextChoices):
    """Where an act came in."""

    WEB = "web", _("Web")
    API = "api", _("API")
    DINGTALK = "dingtalk", _("DingTalk")
    JOB = "job", _("By itself")


class ApprovalVerb(models.TextChoices):
    SUBMIT = "submit", _("Submitted")
    APPROVE = "approve", pgettext_lazy("approval", "Approved")
    REJECT = "reject", pgettext_lazy("approval", "Rejected")
    TRANSFER = "transfer", _("Handed on")
    ADD_BEFORE = "add_before", _("Approver added before")
    ADD_AFTER = "add_after", _("Approver added after")
    SEND_BACK = "send_back", _("Sent back")
    RESUBMIT = "resubmit", _("Submitted again")
    WITHDRAW = "withdraw", _("Withdrawn")
    URGE = "urge", _("Urged")
    COPY = "copy", _("Copied")
    COMMENT = "comment", _("Commented")
    ATTACH = "attach", _("File attached")
    VOID = "void", _("Voided")
    SKIP = "skip", pgettext_lazy("approval", "Skipped")
    MOVE = "move", _("Moved from a leaver")
    REMIND = "remind", _("Reminded")
    ESCALATE = "escalate", _("Escalated")
    GUARD = "guard", _("Second person called")


# What may be done to an approval, by its status. Everything else is a conflict.
_ALWAYS = {ApprovalVerb.COPY, ApprovalVerb.COMMENT}
VERBS: dict[str, frozenset[str]] = {
    ApprovalStatus.RUNNING: frozenset(set(ApprovalVerb) - {ApprovalVerb.SUBMIT}),
    ApprovalStatus.APPROVED: frozenset(_ALWAYS),
    ApprovalStatus.REJECTED: frozenset(_ALWAYS),
    ApprovalStatus.WITHDRAWN: frozenset(_ALWAYS),
    ApprovalStatus.VOIDED: frozenset(_ALWAYS),
}


class ApprovalPerm(models.TextChoices):
    VIEW = "approvals.view_approval", _("view approvals")
    SUBMIT = "approvals.submit_approval", _("submit requests for approval")
    DECIDE = "approvals.decide_approval", _("decide on approvals")
    RUN_EFFECT = "approvals.run_effect", _("repeat the outcome of approvals")
    ANALYZE = "approvals.analyze_approval", _("see the times of approvals")
    VIEW_FLOW = "approvals.view_flowdefinition", _("view approval flows")
    CHANGE_FLOW = "approvals.change_flowdefinition", _("edit approval flows")
    PUBLISH_FLOW = "approvals.publish_flowversion", _("publish approval flows")
    VIEW_DELEGATION = "approvals.view_delegation", _("view delegations")
    DELEGATE = "approvals.add_delegation", _("name a stand-in")
    DELEGATE_FOR = "approvals.delegate_for_others", _("name a stand-in for others")
    ADMINISTER = "approvals.administer_approval", _("be the approver of last resort")


_APPROVER: list[str] = [ApprovalPerm.SUBMIT, ApprovalPerm.DECIDE, ApprovalPerm.DELEGATE]
_SEE: list[str] = [ApprovalPerm.VIEW, "approvals.view_task", ApprovalPerm.VIEW_DELEGATION]
_FLOWS: list[str] = [
    ApprovalPerm.VIEW_FLOW,
    "approvals.view_flowversion",
]
_CALENDAR: list[str] = [
    "approvals.view_calendarday",
    "approvals.add_calendarday",
    "approvals.change_calendarday",
    "approvals.delete_calendarday",
]
_EDIT_FLOWS: list[str] = [
    *_FLOWS,
    "approvals.add_flowdefinition",
    ApprovalPerm.CHANGE_FLOW,
    "approvals.add_flowversion",
    "approvals.change_flowversion",
    ApprovalPerm.PUBLISH_FLOW,
]
STANDARD_GRANTS: dict[str, list[str]] = {
    "administrator": [
        *_SEE,
        *_APPROVER,
        *_EDIT_FLOWS,
        *_CALENDAR,
        ApprovalPerm.DELEGATE_FOR,
        ApprovalPerm.ADMINISTER,
    ],
    "operations": [
        *_SEE,
        *_APPROVER,
        *_EDIT_FLOWS,
        *_CALENDAR,
        ApprovalPerm.RUN_EFFECT,
        ApprovalPerm.ANALYZE,
        ApprovalPerm.DELEGATE_FOR,
        ApprovalPerm.ADMINISTER,
    ],
    "finance": [*_SEE, *_APPROVER, ApprovalPerm.ANALYZE],
    "sales-manager": [*_SEE, *_APPROVER, ApprovalPerm.ANALYZE],
    "sales": [*_SEE, *_APPROVER],
    "support": [*_SEE, *_APPROVER],
    "auditor": [*_SEE, *_FLOWS, ApprovalPerm.ANALYZE],
    "portal-owner": [ApprovalPerm.VIEW, ApprovalPerm.SUBMIT],
    "portal-finance": [ApprovalPerm.VIEW, ApprovalPerm.SUBMIT],
    "portal-technician": [ApprovalPerm.SUBMIT],
}
