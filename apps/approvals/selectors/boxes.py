"""The four boxes: to do, started by me, copied to me, all."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import QuerySet

from apps.approvals.enums import TaskStatus
from apps.approvals.models import Approval, Copy, Task
from apps.rbac.models import User

DECIDED = (TaskStatus.APPROVED, TaskStatus.REJECTED, TaskStatus.RETURNED, TaskStatus.TRANSFERRED)


def visible(user: User) -> QuerySet[Approval]:
    """All that the user may read."""
    return Approval.objects.visible_to(user)


def todo(user: User) -> QuerySet[Task]:
    """What waits for him, the longest first; himself, and for whom he stands in."""
    tasks = Task.objects.open_for(user).select_related(
        "approval__applicant", "approval__tenant", "step", "assignee"
    )
    return tasks.order_by("opened_at", "pk")


def started_by(user: User) -> QuerySet[Approval]:
    """His own requests, the latest first."""
    return Approval.objects.filter(applicant=user).select_related("applicant").order_by("-pk")


def copied_to(user: User) -> QuerySet[Copy]:
    """What he was told of, the latest first."""
    return Copy.objects.filter(user=user).select_related("approval__applicant").order_by("-pk")


def decided_by(user: User) -> QuerySet[Task]:
    """His own decisions: all that stays his of an approval that he may not read otherwise."""
    return (
        Task.objects.filter(decided_by=user, status__in=DECIDED)
        .select_related("approval", "step", "on_behalf_of")
        .order_by("-decided_at", "-pk")
    )


def todo_count(user: User) -> int:
    """The figure on the badge."""
    return Task.objects.open_for(user).count()


def current_nodes(approvals: Iterable[Approval]) -> dict[int, list[str]]:
    """Approval → where it stands and who holds it, for lists: one query for all of them."""
    tasks = (
        Task.objects.open()
        .filter(approval__in=[approval.pk for approval in approvals])
        .select_related("step", "assignee")
        .order_by("seat", "position")
    )
    holders: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for task in tasks:
        holders[task.approval_id].setdefault(task.step.label, []).append(str(task.assignee))
    return {
        approval_id: [f"{node} · {'、'.join(people)}" for node, people in nodes.items()]
        for approval_id, nodes in holders.items()
    }
