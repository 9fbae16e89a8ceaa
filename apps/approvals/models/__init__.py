from apps.approvals.models.acts import Act, Attachment, Comment, Copy
from apps.approvals.models.approvals import Approval, Step, Task
from apps.approvals.models.calendar import CalendarDay
from apps.approvals.models.delegations import Delegation
from apps.approvals.models.flows import FlowDefinition, FlowVersion
from apps.approvals.models.seal import SealCertificate, SealedDocument

__all__ = [
    "Act",
    "Approval",
    "Attachment",
    "CalendarDay",
    "Comment",
    "Copy",
    "Delegation",
    "FlowDefinition",
    "FlowVersion",
    "SealCertificate",
    "SealedDocument",
    "Step",
    "Task",
]
