"""Yes and no. The first decision wins; who comes second is told (409)."""

from datetime import datetime

from django.db import transaction

from apps.approvals import kinds
from apps.approvals.enums import ApprovalVerb, Door, TaskStatus
from apps.approvals.errors import NoteIsMissing, SecondFactorIsNeeded
from apps.approvals.models import Approval
from apps.approvals.services.acts import record_act
from apps.approvals.services.course import Course
from apps.approvals.services.gate import clean_note, ensure_decider, hold, seat_of
from apps.approvals.services.seats import close_task
from apps.core.failpoints import failpoint
from apps.rbac.models import User


@transaction.atomic
def approve(
    *, approval: Approval, actor: User, now: datetime, note: str = "", door: Door = Door.WEB
) -> Approval:
    """Agree. Trusted: ensure_decider asks rbac.require, and the open task is the right.

    :raises NotFound: if the actor may not know of it
    :raises NotTheApprover: if it never waited for him
    :raises TaskIsClosed: if somebody was faster
    :raises VerbIsNotAllowed: if it is finished
    """
    return _decide(
        approval=approval, actor=actor, now=now, note=note, door=door, verb=ApprovalVerb.APPROVE
    )


@transaction.atomic
def reject(
    *, approval: Approval, actor: User, note: str, now: datetime, door: Door = Door.WEB
) -> Approval:
    """Refuse, and say why. Trusted: as approve.

    :raises NoteIsMissing: without a reason; DingTalk lets people refuse without one
    """
    if not note.strip() and door != Door.DINGTALK:
        raise NoteIsMissing(fields={"note": NoteIsMissing.message})
    return _decide(
        approval=approval, actor=actor, now=now, note=note, door=door, verb=ApprovalVerb.REJECT
    )


OUTCOMES = {
    ApprovalVerb.APPROVE: TaskStatus.APPROVED,
    ApprovalVerb.REJECT: TaskStatus.REJECTED,
}


def _decide(
    *,
    approval: Approval,
    actor: User,
    now: datetime,
    note: str,
    door: Door,
    verb: ApprovalVerb,
) -> Approval:
    ensure_decider(approval=approval, actor=actor)
    if verb == ApprovalVerb.APPROVE and door != Door.WEB and kinds.get(approval.kind).step_up:
        raise SecondFactorIsNeeded(number=approval.number)
    note = clean_note(note=note)
    approval = hold(approval=approval, verb=verb)
    seat = seat_of(approval=approval, actor=actor, now=now)
    seat.task.approval = seat.task.step.approval = approval
    close_task(
        task=seat.task,
        status=OUTCOMES[verb],
        actor=actor,
        now=now,
        door=door,
        on_behalf_of=seat.on_behalf_of,
        note=note,
    )
    record_act(
        approval=approval,
        verb=verb,
        actor=actor,
        now=now,
        door=door,
        step=seat.task.step,
        on_behalf_of=seat.on_behalf_of,
        note=note,
    )
    Course(approval, actor=actor, now=now, door=door).settle(seat.task.step)
    failpoint("approvals.decide.before_commit")
    return approval
