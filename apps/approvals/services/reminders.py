"""What waits too long: reminded after working hours, then given to the superior. Never decided."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q

from apps.approvals.engine.path import able_superior
from apps.approvals.enums import ApprovalVerb, Door
from apps.approvals.events import TaskUrged
from apps.approvals.models import Approval, Task
from apps.approvals.models.approvals import APPLICANT, SECOND_PERSON
from apps.approvals.services.acts import record_act
from apps.approvals.services.course import Course
from apps.approvals.services.leavers import UNHEARD, hand_to
from apps.approvals.working_time import add_work_minutes
from apps.core.events import publish

BATCH = 500


def remind_and_escalate(*, now: datetime) -> int:
    """Remind those whose time is up, and escalate what stays; how many tasks it concerned.

    Trusted: a sweep. Each approval is a transaction of its own.
    """
    late = Task.objects.open().filter(Q(due_at__lte=now) | Q(escalate_at__lte=now))
    ids = list(late.order_by("due_at").values_list("pk", flat=True)[:BATCH])
    return sum(_chase(pk, now) for pk in ids)


@transaction.atomic
def _chase(task_id: int, now: datetime) -> bool:
    task = Task.objects.select_related("step", "assignee", "approval").get(pk=task_id)
    task.approval = task.step.approval = Approval.objects.lock(task.approval)
    task.refresh_from_db(fields=["status", "due_at", "escalate_at", "position"])
    if not task.is_open:
        return False
    is_own = task.step.node_key == APPLICANT
    if not is_own and task.escalate_at and task.escalate_at <= now and _escalate(task, now):
        return True
    if task.due_at and task.due_at <= now:
        _remind(task, now)
        return True
    return False


def _remind(task: Task, now: datetime) -> None:
    Task.objects.filter(pk=task.pk).update(
        due_at=add_work_minutes(now, task.remind_after), reminders=F("reminders") + 1
    )
    act = record_act(
        approval=task.approval,
        verb=ApprovalVerb.REMIND,
        actor=None,
        now=now,
        door=Door.JOB,
        step=task.step,
        person=task.assignee,
    )
    publish(
        TaskUrged(
            approval_id=task.approval_id,
            task_id=task.pk,
            user_id=task.assignee_id,
            act_id=act.pk,
            is_overdue=True,
        )
    )


def _escalate(task: Task, now: datetime) -> bool:
    """Whether there was a superior to give it to; without one it stays, and is reminded of."""
    course = Course(task.approval, actor=None, now=now, door=Door.JOB)
    asked = task.step.tasks.filter(status__in=UNHEARD).values_list("assignee", flat=True)
    without = {task.approval.applicant_id, *asked}
    if task.step.node_key == SECOND_PERSON:
        without |= course.barred()
    superior = able_superior(task.assignee_id, course.organization, without=without)
    if superior is None:
        Task.objects.filter(pk=task.pk).update(escalate_at=None)
        return False
    hand_to(course=course, task=task, heir=superior, verb=ApprovalVerb.ESCALATE)
    return True
