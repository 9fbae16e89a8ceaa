"""What waits now, and how long decisions take (APR-6). The same few queries for any number."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.approvals import kinds
from apps.approvals.errors import KindIsUnknown
from apps.approvals.models import Approval, Task
from apps.approvals.models.approvals import APPLICANT, OWN_STEPS
from apps.approvals.selectors.boxes import DECIDED
from apps.approvals.working_time import work_minutes_between
from apps.rbac.models import User

BOARD = 500


@dataclass(frozen=True)
class WaitingRow:
    """One open task on the board."""

    task_id: int
    approval_id: int
    number: str
    title: str
    kind: str
    kind_label: str
    node: str
    person_id: int
    person: str
    since: datetime
    worked_minutes: int
    is_overdue: bool


@dataclass(frozen=True)
class TimeRow:
    """Decisions of one node, person or kind: how many, and working minutes that they took."""

    key: str
    label: str
    count: int
    p50: int
    p90: int


@dataclass(frozen=True)
class TimeStatistics:
    by_node: list[TimeRow]
    by_person: list[TimeRow]
    by_kind: list[TimeRow]


def waiting_now(user: User, *, now: datetime, limit: int = BOARD) -> list[WaitingRow]:
    """Everything that waits among the approvals that `user` may see, the longest first."""
    tasks = (
        Task.objects.open()
        .filter(approval__in=Approval.objects.visible_to(user).order_by())
        .select_related("approval", "step", "assignee")
        .order_by("opened_at", "pk")[:limit]
    )
    return [
        WaitingRow(
            task_id=task.pk,
            approval_id=task.approval_id,
            number=task.approval.number,
            title=task.approval.title,
            kind=task.approval.kind,
            kind_label=kind_label(task.approval.kind),
            node=task.step.label,
            person_id=task.assignee_id,
            person=str(task.assignee),
            since=task.opened_at,
            worked_minutes=work_minutes_between(task.opened_at, now),
            is_overdue=task.reminders > 0 or (task.due_at is not None and task.due_at <= now),
        )
        for task in tasks
        if task.opened_at
    ]


def time_statistics(user: User, *, since: datetime, until: datetime) -> TimeStatistics:
    """How long decisions in [since, until) took, of the approvals that `user` may see."""
    decided = Task.objects.filter(
        approval__in=Approval.objects.visible_to(user).order_by(),
        status__in=DECIDED,
        decided_at__gte=since,
        decided_at__lt=until,
        worked_minutes__isnull=False,
        decided_by__isnull=False,
    ).exclude(step__node_key=APPLICANT)
    rows = list(
        decided.values_list(
            "approval__kind",
            "step__node_key",
            "step__name",
            "decided_by",
            "decided_by__display_name",
            "worked_minutes",
        )
    )
    return TimeStatistics(
        by_node=_grouped(rows, lambda r: (f"{r[0]}/{r[1]}", _node_label(r))),
        by_person=_grouped(rows, lambda r: (str(r[3]), r[4])),
        by_kind=_grouped(rows, lambda r: (r[0], kind_label(r[0]))),
    )


def kind_label(code: str) -> str:
    """The name of a kind; its code, if the app that had it is gone."""
    try:
        return str(kinds.get(code).label)
    except KindIsUnknown:
        return code


def _node_label(row: tuple[Any, ...]) -> str:
    return f"{kind_label(row[0])} · {OWN_STEPS.get(row[1], row[2])}"


def _grouped(
    rows: Iterable[tuple[Any, ...]], key_of: Callable[[tuple[Any, ...]], tuple[str, str]]
) -> list[TimeRow]:
    groups: dict[str, list[int]] = defaultdict(list)
    labels: dict[str, str] = {}
    for row in rows:
        key, label = key_of(row)
        labels[key] = label  # the latest name of a node wins
        groups[key].append(row[-1])
    found = [
        TimeRow(key, labels[key], len(minutes), percentile(minutes, 50), percentile(minutes, 90))
        for key, minutes in groups.items()
    ]
    return sorted(found, key=lambda row: (-row.p90, row.label))


def percentile(values: list[int], percent: int) -> int:
    """The nearest rank: the least value that `percent` of them do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[rank - 1]
