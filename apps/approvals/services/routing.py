"""Who decides next: handed on, somebody added, sent back."""

from datetime import datetime

from django.db import transaction

from apps.approvals.engine.path import Reason
from apps.approvals.enums import STEP_FLOW, TASK_FLOW, ApprovalVerb, Door, StepStatus, TaskStatus
from apps.approvals.errors import (
    AlreadyAnApprover,
    NodeIsUnknown,
    NoteIsMissing,
    PersonDoesNotFit,
)
from apps.approvals.events import ApprovalReturned
from apps.approvals.models import Act, Approval, Step, Task
from apps.approvals.models.approvals import APPLICANT, SECOND_PERSON
from apps.approvals.reasons import stored
from apps.approvals.selectors.turns import Turn
from apps.approvals.services.acts import record_act
from apps.approvals.services.course import Course
from apps.approvals.services.gate import (
    clean_note,
    ensure_able,
    ensure_decider,
    hold,
    seat_of,
)
from apps.approvals.services.seats import close_task, insert_task, open_task
from apps.core.events import publish
from apps.rbac.models import User

WHERE = {"before": ApprovalVerb.ADD_BEFORE, "after": ApprovalVerb.ADD_AFTER}
UNHEARD = (TaskStatus.OPEN, TaskStatus.WAITING)


@transaction.atomic
def transfer(
    *,
    approval: Approval,
    actor: User,
    to: User,
    now: datetime,
    note: str = "",
    door: Door = Door.WEB,
) -> Approval:
    """Hand one's task on (转交). Trusted: ensure_decider asks rbac.require.

    :raises PersonDoesNotFit: if `to` could not decide, or is the applicant
    :raises AlreadyAnApprover: if `to` is asked in this step anyway
    """
    approval, seat, note = _take(approval, actor, now, note, ApprovalVerb.TRANSFER)
    _ensure_fits(approval, seat, to)
    step = seat.task.step
    _close(seat, TaskStatus.TRANSFERRED, actor, now, door, note)
    task = insert_task(step=step, beside=seat.task, assignee=to, is_before=False, added_by=actor)
    open_task(task=task, actor=actor, now=now)
    _record(approval, ApprovalVerb.TRANSFER, actor, now, door, seat, person=to, note=note)
    return approval


@transaction.atomic
def add_approver(
    *,
    approval: Approval,
    actor: User,
    who: User,
    now: datetime,
    where: str = "before",
    note: str = "",
    door: Door = Door.WEB,
) -> Approval:
    """Ask somebody more (加签): before, then it comes back; after, agreeing oneself now.

    Trusted: ensure_decider asks rbac.require.
    :raises PersonDoesNotFit: if `who` could not decide, or is the applicant
    :raises AlreadyAnApprover: if `who` is asked in this step anyway
    """
    verb = WHERE[where]
    approval, seat, note = _take(approval, actor, now, note, verb)
    _ensure_fits(approval, seat, who)
    is_before = verb == ApprovalVerb.ADD_BEFORE
    task = insert_task(
        step=seat.task.step, beside=seat.task, assignee=who, is_before=is_before, added_by=actor
    )
    if is_before:
        _put_back(seat.task, actor)
        open_task(task=task, actor=actor, now=now)
        _record(approval, verb, actor, now, door, seat, person=who, note=note)
        return approval
    _close(seat, TaskStatus.APPROVED, actor, now, door, note)
    _record(approval, ApprovalVerb.APPROVE, actor, now, door, seat, note=note)
    _record(approval, verb, actor, now, door, seat, person=who)
    Course(approval, actor=actor, now=now, door=door).settle(seat.task.step)
    return approval


@transaction.atomic
def send_back(
    *,
    approval: Approval,
    actor: User,
    to_node: str,
    note: str,
    now: datetime,
    door: Door = Door.WEB,
) -> Approval:
    """Send it back to an earlier node, or to the applicant ("applicant"), and say why (退回).

    All from that node on decide again. Trusted: ensure_decider asks rbac.require.
    :raises NoteIsMissing: without a reason
    :raises NodeIsUnknown: if it did not come by there
    """
    if not note.strip():
        raise NoteIsMissing(fields={"note": NoteIsMissing.message})
    approval, seat, note = _take(approval, actor, now, note, ApprovalVerb.SEND_BACK)
    step = seat.task.step
    target = _target(approval, step, to_node)
    _close(seat, TaskStatus.RETURNED, actor, now, door, note)
    course = Course(approval, actor=actor, now=now, door=door)
    course.close_step(step, StepStatus.RETURNED)
    act = _record(approval, ApprovalVerb.SEND_BACK, actor, now, door, seat, note=note)
    _forget_from(approval, target, actor, now)
    approval.round += 1
    approval.save(update_fields=["round"])
    if target is None:
        _ask_applicant(approval, actor, now)
        publish(ApprovalReturned(approval_id=approval.pk, act_id=act.pk))
    else:
        course.lay_out(from_node=target.node_key)
        course.advance()
    return approval


def _take(
    approval: Approval, actor: User, now: datetime, note: str, verb: ApprovalVerb
) -> tuple[Approval, Turn, str]:
    ensure_decider(approval=approval, actor=actor)
    note = clean_note(note=note)
    approval = hold(approval=approval, verb=verb)
    seat = seat_of(approval=approval, actor=actor, now=now)
    seat.task.approval = seat.task.step.approval = approval
    return approval, seat, note


def _close(
    seat: Turn, status: TaskStatus, actor: User, now: datetime, door: Door, note: str
) -> None:
    close_task(
        task=seat.task,
        status=status,
        actor=actor,
        now=now,
        door=door,
        on_behalf_of=seat.on_behalf_of,
        note=note,
    )


def _ensure_fits(approval: Approval, seat: Turn, person: User) -> None:
    ensure_able(approval=approval, person=person)
    step = seat.task.step
    if step.tasks.filter(assignee=person, status__in=UNHEARD).exists():
        raise AlreadyAnApprover(person=person)
    if step.node_key == SECOND_PERSON:
        course = Course(approval, actor=None, now=approval.started_at, door=Door.JOB)
        if person.pk in course.barred():
            raise PersonDoesNotFit(person=person)


def _put_back(task: Task, actor: User) -> None:
    """His turn comes again once the added person has agreed."""
    TASK_FLOW.move(task, TaskStatus.WAITING, actor=actor)


def _target(approval: Approval, current: Step, to_node: str) -> Step | None:
    if to_node == APPLICANT:
        return None
    passed = approval.steps.live().filter(
        node_key=to_node,
        position__lt=current.position,
        status__in=[StepStatus.APPROVED, StepStatus.SKIPPED],
    )
    target = passed.exclude(node_key=SECOND_PERSON).first()
    if target is None or approval.version.graph.node(to_node) is None:
        raise NodeIsUnknown(node=to_node)
    return target


def _forget_from(approval: Approval, target: Step | None, actor: User, now: datetime) -> None:
    """Steps from the target on do not count any more; those not reached yet are void."""
    steps = approval.steps.live()
    if target is not None:
        steps = steps.filter(position__gte=target.position)
    for step in steps:
        if step.status == StepStatus.WAITING:
            STEP_FLOW.move(step, StepStatus.CANCELLED, actor=actor, closed_at=now)
        step.is_live = False
        step.save(update_fields=["is_live"])


def _ask_applicant(approval: Approval, actor: User, now: datetime) -> None:
    step = Step.objects.create(
        approval=approval,
        round=approval.round,
        position=0,
        node_key=APPLICANT,
        name="Applicant",
        plan=[approval.applicant_id],
        why=stored([Reason("returned")]),
    )
    STEP_FLOW.move(step, StepStatus.OPEN, actor=actor, opened_at=now)
    task = Task.objects.create(approval=approval, step=step, assignee=approval.applicant, seat=1)
    open_task(task=task, actor=actor, now=now)


def _record(
    approval: Approval,
    verb: ApprovalVerb,
    actor: User,
    now: datetime,
    door: Door,
    seat: Turn,
    *,
    person: User | None = None,
    note: str = "",
) -> Act:
    return record_act(
        approval=approval,
        verb=verb,
        actor=actor,
        now=now,
        door=door,
        step=seat.task.step,
        on_behalf_of=seat.on_behalf_of,
        person=person,
        note=note,
    )
