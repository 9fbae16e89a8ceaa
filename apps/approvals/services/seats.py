"""One person's part: opened, closed, handed on. Under the approval's lock."""

from datetime import datetime

from apps.approvals.enums import TASK_FLOW, Door, TaskStatus
from apps.approvals.events import TaskClosed, TaskOpened
from apps.approvals.models import Delegation, Step, Task
from apps.approvals.working_time import add_work_minutes, work_minutes_between
from apps.core.events import publish
from apps.rbac.models import User


def open_task(*, task: Task, actor: User | None, now: datetime) -> None:
    """Ask a person: from now on it is his turn, and the clock runs. Trusted: inside a verb."""
    stand_in = stand_in_for(task=task, now=now)
    TASK_FLOW.move(
        task,
        TaskStatus.OPEN,
        actor=actor,
        opened_at=now,
        due_at=add_work_minutes(now, task.remind_after),
        escalate_at=add_work_minutes(now, task.escalate_after),
        stand_in=stand_in,
    )
    publish(
        TaskOpened(
            approval_id=task.approval_id,
            task_id=task.pk,
            user_id=task.assignee_id,
            stand_in_id=stand_in.pk if stand_in else None,
        )
    )


def close_task(
    *,
    task: Task,
    status: TaskStatus,
    actor: User | None,
    now: datetime,
    door: Door,
    on_behalf_of: User | None = None,
    note: str = "",
) -> None:
    """End a person's part, decided or not. Trusted: inside a verb."""
    was_open = task.is_open
    taken = work_minutes_between(task.opened_at, now) if was_open and task.opened_at else None
    TASK_FLOW.move(
        task,
        status,
        actor=actor,
        reason=note,
        decided_at=now,
        decided_by=None if status == TaskStatus.CANCELLED else actor,
        on_behalf_of=on_behalf_of,
        worked_minutes=taken,
        note=note,
        door=door,
    )
    if was_open:
        publish(
            TaskClosed(
                approval_id=task.approval_id,
                task_id=task.pk,
                user_id=task.assignee_id,
                status=str(status),
            )
        )


def insert_task(
    *, step: Step, beside: Task, assignee: User, is_before: bool, added_by: User | None
) -> Task:
    """A new part in the seat of `beside`, before or after it. Trusted: inside a verb."""
    position = beside.position if is_before else beside.position + 1
    later = Task.objects.filter(step=step, seat=beside.seat, position__gte=position)
    for task in later:
        task.position += 1
        task.save(update_fields=["position"])
    beside.refresh_from_db(fields=["position"])
    return Task.objects.create(
        approval=step.approval,
        step=step,
        assignee=assignee,
        seat=beside.seat,
        position=position,
        added_by=added_by,
        remind_after=beside.remind_after,
        escalate_after=beside.escalate_after,
    )


def stand_in_for(*, task: Task, now: datetime) -> User | None:
    """Who decides for an absent assignee; never the applicant. Trusted: a question."""
    active = Delegation.objects.active(now).filter(person_id=task.assignee_id)
    for delegation in active.select_related("stand_in").order_by("pk"):
        is_applicant = delegation.stand_in_id == task.approval.applicant_id
        if delegation.covers(task.approval.kind) and not is_applicant:
            return delegation.stand_in
    return None
