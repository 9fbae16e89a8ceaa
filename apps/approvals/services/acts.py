"""The chain of what was done to an approval."""

from datetime import datetime

from apps.approvals.enums import ApprovalVerb, Door
from apps.approvals.models import Act, Approval, Step
from apps.rbac.models import User


def record_act(
    *,
    approval: Approval,
    verb: ApprovalVerb,
    actor: User | None,
    now: datetime,
    door: Door,
    step: Step | None = None,
    on_behalf_of: User | None = None,
    person: User | None = None,
    note: str = "",
) -> Act:
    """Add one act. Trusted: the caller holds the approval's lock, so the chain has one end."""
    last = Act.objects.filter(approval=approval).order_by("-pk").first()
    act = Act(
        approval=approval,
        verb=verb,
        actor=actor,
        on_behalf_of=on_behalf_of,
        person=person,
        step=step,
        step_name=step.name if step else "",
        note=note,
        door=door,
        form_hash=approval.form_hash,
        at=now,
        previous=last.digest if last else "",
    )
    act.digest = act.computed_digest()
    act.save()
    return act
