"""Whose turn it is."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from apps.approvals.models import Approval, Delegation, Task
from apps.approvals.models.approvals import APPLICANT
from apps.rbac.models import User


@dataclass(frozen=True)
class Turn:
    """The task by which a person may decide; `on_behalf_of` is set for a stand-in."""

    task: Task
    on_behalf_of: User | None


def parts_of(approval: Approval, user: User) -> list[Task]:
    """What the approval ever asked of this person, himself or as a stand-in."""
    return list(
        Task.objects.filter(Q(assignee=user) | Q(stand_in=user), approval=approval)
        .exclude(step__node_key=APPLICANT)
        .select_related("step", "assignee")
    )


def turn_of(approval: Approval, user: User, *, now: datetime) -> Turn | None:
    """The open task by which `user` may decide, his own before another's."""
    open_parts = [task for task in parts_of(approval, user) if task.is_open]
    for task in open_parts:
        if task.assignee_id == user.pk:
            return Turn(task, None)
    for task in open_parts:
        if stands_in(person=task.assignee, stand_in=user, kind=approval.kind, now=now):
            return Turn(task, task.assignee)
    return None


def stands_in(*, person: User, stand_in: User, kind: str, now: datetime) -> bool:
    """Whether he may decide for `person` at this moment."""
    active = Delegation.objects.active(now).filter(person=person, stand_in=stand_in)
    return any(delegation.covers(kind) for delegation in active)
