from apps.approvals.admin.approvals import ApprovalAdmin
from apps.approvals.admin.calendar import CalendarDayAdmin
from apps.approvals.admin.delegations import DelegationAdmin
from apps.approvals.admin.flows import FlowDefinitionAdmin
from apps.approvals.admin.tasks import TaskAdmin

__all__ = [
    "ApprovalAdmin",
    "CalendarDayAdmin",
    "DelegationAdmin",
    "FlowDefinitionAdmin",
    "TaskAdmin",
]
