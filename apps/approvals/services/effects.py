"""What an outcome means is the owning app's; that it happens exactly once is ours."""

from datetime import datetime

from django.db import transaction

from apps.approvals import kinds
from apps.approvals.enums import EFFECT_FLOW, ApprovalPerm, ApprovalStatus, EffectStatus
from apps.approvals.events import EffectDone, EffectHeld, EffectRequested
from apps.approvals.models import Approval
from apps.core.errors import DomainError
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.rbac import services as rbac
from apps.rbac.models import User


def run_effect(*, approval_id: int, now: datetime) -> bool:
    """Tell the owning app the outcome; whether it was this call that did. Trusted: a job.

    The mark that it is done and what the owner writes are one transaction under the approval's
    lock: doubled jobs find it done, a killed one has done nothing. If the owner refuses, the
    outcome is held for a person.
    """
    try:
        is_done = _apply(approval_id, now)
    except DomainError as error:
        _hold(approval_id, str(error), now)
        return False
    failpoint("approvals.effect.committed")
    return is_done


@transaction.atomic
def repeat_effect(*, approval: Approval, actor: User, now: datetime) -> Approval:
    """Try a held outcome again, after its cause was removed.

    :raises IllegalTransition: if it is not held
    """
    rbac.require(actor, ApprovalPerm.RUN_EFFECT, approval)
    approval = Approval.objects.lock(approval)
    EFFECT_FLOW.move(approval, EffectStatus.PENDING, actor=actor, effect_problem="")
    publish(EffectRequested(approval_id=approval.pk))
    return approval


def due_effects(*, limit: int = 500) -> list[int]:
    """Outcomes that wait, because their job was lost or killed. Trusted: the sweep asks."""
    due = Approval.objects.effect_due().order_by("finished_at")
    return list(due.values_list("pk", flat=True)[:limit])


@transaction.atomic
def _apply(approval_id: int, now: datetime) -> bool:
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.effect != EffectStatus.PENDING:
        return False
    failpoint("approvals.effect.begun")
    kind = kinds.get(approval.kind)
    tell = {
        ApprovalStatus.APPROVED: kind.on_approved,
        ApprovalStatus.REJECTED: kind.on_rejected,
        ApprovalStatus.WITHDRAWN: kind.on_withdrawn,
    }[ApprovalStatus(approval.status)]
    tell(approval, now)
    failpoint("approvals.effect.told")
    EFFECT_FLOW.move(approval, EffectStatus.DONE, actor=None, effect_at=now, effect_problem="")
    publish(EffectDone(approval_id=approval.pk))
    failpoint("approvals.effect.before_commit")
    return True


@transaction.atomic
def _hold(approval_id: int, problem: str, now: datetime) -> None:
    approval = Approval.objects.select_for_update().get(pk=approval_id)
    if approval.effect != EffectStatus.PENDING:
        return
    EFFECT_FLOW.move(
        approval, EffectStatus.HELD, actor=None, reason=problem[:500], effect_problem=problem[:500]
    )
    publish(EffectHeld(approval_id=approval.pk))
