from apps.approvals.services.decisions import approve, reject
from apps.approvals.services.delegations import apply_delegations, delegate, end_delegation
from apps.approvals.services.effects import due_effects, repeat_effect, run_effect
from apps.approvals.services.flows import (
    create_flow,
    install_standard_flows,
    publish_version,
    save_draft,
)
from apps.approvals.services.leavers import move_tasks_of_leaver, move_tasks_of_leavers
from apps.approvals.services.reminders import remind_and_escalate
from apps.approvals.services.routing import add_approver, send_back, transfer
from apps.approvals.services.submission import resubmit, submit, void_for_subject, withdraw
from apps.approvals.services.talk import attach, comment, copy_to, mark_read, urge

__all__ = [
    "add_approver",
    "apply_delegations",
    "approve",
    "attach",
    "comment",
    "copy_to",
    "create_flow",
    "delegate",
    "due_effects",
    "end_delegation",
    "install_standard_flows",
    "mark_read",
    "move_tasks_of_leaver",
    "move_tasks_of_leavers",
    "publish_version",
    "reject",
    "remind_and_escalate",
    "repeat_effect",
    "resubmit",
    "run_effect",
    "save_draft",
    "send_back",
    "submit",
    "transfer",
    "urge",
    "void_for_subject",
    "withdraw",
]
