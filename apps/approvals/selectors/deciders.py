from apps.approvals.enums import ApprovalVerb
from apps.approvals.models import Act, Approval
from apps.rbac.models import User


def decider_of(approval: Approval) -> User:
    """Who agreed last: in whose name the outcome is carried out. The applicant's, if nobody had
    to: that is never so where money is involved."""
    agreed = Act.objects.filter(approval=approval, verb=ApprovalVerb.APPROVE)
    last = agreed.select_related("actor").order_by("-pk").first()
    return last.actor if last and last.actor else approval.applicant
