"""What waits for people who are not here any more moves on by itself (APR-4)."""

from datetime import datetime

from django.db import transaction

from apps.approvals.engine.path import Person
from apps.approvals.enums import ApprovalPerm, ApprovalVerb, Door, StepStatus, TaskStatus
from apps.approvals.models import Approval, Delegation, Step, Task
from apps.approvals.models.approvals import APPLICANT, SECOND_PERSON
from apps.approvals.selectors.organization import holders
from apps.approvals.services.acts import record_act
from apps.approvals.services.course import Course
from apps.approvals.services.seats import close_task, insert_task
from apps.rbac.models import User

UNHEARD = (TaskStatus.OPEN, TaskStatus.WAITING)


@transaction.atomic
def move_tasks_of_leaver(*, user: User, now: datetime) -> int:
    """Give what waits for `user` to his superior, else to an administrator; how many moved.

    Trusted: a job, or whoever disables the account. His delegations end with him.
    """
    Delegation.objects.active(now).filter(stand_in=user).update(ended_at=now)
    Task.objects.open().filter(stand_in=user).update(stand_in=None)
    waiting = Task.objects.filter(assignee=user, status__in=UNHEARD)
    approvals = set(waiting.values_list("approval", flat=True))
    moved = 0
    for approval in Approval.objects.filter(pk__in=approvals).order_by("pk").select_for_update():
        moved += _move(approval, user, now)
    return moved


def move_tasks_of_leavers(*, now: datetime) -> int:
    """Find tasks of people who can't decide any more, and steps without anybody. Trusted: a sweep.

    :returns: how many tasks moved, and steps found somebody
    """
    able = holders(ApprovalPerm.DECIDE).values("pk")
    waiting = Task.objects.filter(status__in=UNHEARD).exclude(step__node_key=APPLICANT)
    ids = waiting.exclude(assignee__in=able).values_list("assignee", flat=True).distinct()
    moved = sum(
        move_tasks_of_leaver(user=user, now=now)
        for user in User.objects.filter(pk__in=list(ids)).order_by("pk")
    )
    deserted = Step.objects.filter(status=StepStatus.OPEN, tasks__isnull=True)
    return moved + sum(_find_somebody(pk, now) for pk in deserted.values_list("pk", flat=True))


def _move(approval: Approval, user: User, now: datetime) -> int:
    course = Course(approval, actor=None, now=now, door=Door.JOB)
    moved = 0
    tasks = Task.objects.filter(approval=approval, assignee=user, status__in=UNHEARD)
    for task in tasks.exclude(step__node_key=APPLICANT).select_related("step", "assignee"):
        task.approval = task.step.approval = approval
        heir = heir_of(course=course, task=task)
        if heir is not None:
            hand_to(course=course, task=task, heir=heir, verb=ApprovalVerb.MOVE)
            moved += 1
    return moved


def heir_of(*, course: Course, task: Task) -> Person | None:
    """Who takes the place: not the applicant, nobody who is asked in this step already, and at
    the second person's step nobody who may not be the last. Trusted: a question."""
    asked = task.step.tasks.filter(status__in=UNHEARD).values_list("assignee", flat=True)
    barred = course.barred() if task.step.node_key == SECOND_PERSON else frozenset()
    return course.replacement_for(task.assignee_id, without={*asked, *barred})


def hand_to(*, course: Course, task: Task, heir: Person, verb: ApprovalVerb) -> None:
    """Close the task and open another's in the same seat. Trusted: under the approval's lock."""
    step, person = task.step, User.objects.get(pk=heir.id)
    close_task(task=task, status=TaskStatus.TRANSFERRED, actor=None, now=course.now, door=Door.JOB)
    insert_task(step=step, beside=task, assignee=person, is_before=False, added_by=None)
    record_act(
        approval=course.approval,
        verb=verb,
        actor=None,
        now=course.now,
        door=Door.JOB,
        step=step,
        on_behalf_of=task.assignee,
        person=person,
    )
    if step.status == StepStatus.OPEN:
        course.settle(step)


@transaction.atomic
def _find_somebody(step_id: int, now: datetime) -> bool:
    """A step that opened when nobody was there gets an administrator as soon as there is one."""
    step = Step.objects.select_related("approval").get(pk=step_id)
    approval = Approval.objects.lock(step.approval)
    step.refresh_from_db()
    if step.status != StepStatus.OPEN or step.tasks.exists():
        return False
    step.approval = approval
    course = Course(approval, actor=None, now=now, door=Door.JOB)
    barred = course.barred()
    step.plan = [p.id for p in course.organization.administrators() if p.id not in barred]
    step.save(update_fields=["plan"])
    course.seat_people(step)
    course.settle(step)
    return bool(step.plan)
