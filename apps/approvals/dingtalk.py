"""What an approval looks like at DingTalk: its form, its approvers, and who is who."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from django.conf import settings as django_settings
from django.utils.translation import override

from apps.approvals import kinds
from apps.approvals.engine.graph import Mode, NodeType
from apps.approvals.enums import StepStatus, TaskStatus
from apps.approvals.kinds import FactKind, Kind
from apps.approvals.models import Approval, Step, Task
from apps.approvals.models.approvals import APPLICANT
from apps.core.money import format_yuan
from apps.notifications.dingtalk.client import Approvers
from apps.notifications.dingtalk.ports import ProcessForm
from apps.notifications.models import DingtalkSettings, DingtalkUser
from apps.notifications.selectors.dingtalk import userids

LABEL = "approvals.Approval"
NUMBER, TITLE, WHO, LINK = "单号", "标题", "申请人", "链接"
CHINESE = "zh-hans"
TOGETHER, ONE_OF, ALONE = "AND", "OR", "NONE"
LONGEST_VALUE = 1000


@dataclass(frozen=True)
class Entry:
    """One step at DingTalk, and the step here that it stands for."""

    step: int
    action: str
    userids: tuple[str, ...]

    def stored(self) -> dict[str, Any]:
        return asdict(self)

    def as_approvers(self) -> Approvers:
        return Approvers(self.action, self.userids)


def entries_of(path: Iterable[dict[str, Any]]) -> list[Entry]:
    """The path as it was stored with an instance."""
    return [Entry(int(e["step"]), str(e["action"]), tuple(e["userids"])) for e in path]


# --- the form


def forms() -> list[ProcessForm]:
    """The form that each kind of approval wants at DingTalk."""
    with override(CHINESE):
        return [ProcessForm(kind.code, kind.label, _fields(kind)) for kind in kinds.all_kinds()]


def _fields(kind: Kind) -> tuple[str, ...]:
    return (NUMBER, TITLE, WHO, *(str(field.label) for field in kind.fields), LINK)


def values_of(approval: Approval, key: str) -> dict[str, str]:
    """What goes into the form; `key` is the number by which a lost answer is found again."""
    kind = kinds.get(approval.kind)
    with override(CHINESE):
        facts = kinds.facts_of(kind, approval.form)
        shown = {str(fact.label): _text(fact.value, fact.kind) for fact in facts}
        who = str(approval.applicant)
    return {NUMBER: key, TITLE: approval.title, WHO: who, **shown, LINK: link_of(approval)}


def link_of(approval: Approval) -> str:
    """The decision page; whoever opens it signs in first."""
    return f"{django_settings.PUBLIC_URL}/admin/approvals/approval/{approval.pk}/change/"


def _text(value: Any, kind: FactKind) -> str:
    if kind is FactKind.MONEY:
        return format_yuan(value)
    if kind is FactKind.PERCENT:
        return f"{value:f}%"
    return str(value)[:LONGEST_VALUE]


# --- the approvers


def path_of(approval: Approval, settings: DingtalkSettings) -> list[Entry]:
    """
    The steps that are still to come, as far as DingTalk knows everybody in them.

    Beyond the first step that it cannot show, the path is shown in the next round.
    """
    steps = list(
        approval.steps.live()
        .filter(status__in=[StepStatus.OPEN, StepStatus.WAITING])
        .exclude(node_key=APPLICANT)
    )
    voices = {step.pk: _voices(step) for step in steps if not _is_copy(approval, step)}
    people = {person for seats in voices.values() for voice in seats for person in voice}
    known = userids(settings, people)
    path: list[Entry] = []
    for step in steps:
        if step.pk not in voices:
            continue
        entries = _entries(step, voices[step.pk], known)
        if not entries:
            break
        path += entries
    return path


def _is_copy(approval: Approval, step: Step) -> bool:
    node = approval.version.graph.node(step.node_key)
    return node is not None and node.type is NodeType.COPY


def _voices(step: Step) -> list[tuple[int, ...]]:
    """Whoever may speak for each seat that still has to, the stand-in before the assignee."""
    if step.status == StepStatus.WAITING:
        return [(int(person),) for person in step.plan]
    tasks = step.tasks.filter(status__in=[TaskStatus.OPEN, TaskStatus.WAITING])
    seats = groupby(tasks.order_by("seat", "position"), key=lambda task: task.seat)
    return [_speakers(next(iter(seat))) for _number, seat in seats]


def _speakers(task: Task) -> tuple[int, ...]:
    return (task.stand_in_id, task.assignee_id) if task.stand_in_id else (task.assignee_id,)


def _entries(step: Step, voices: Sequence[tuple[int, ...]], known: dict[int, str]) -> list[Entry]:
    """The step at DingTalk; nothing if somebody whom it needs is not there."""
    found = [next((known[p] for p in voice if p in known), "") for voice in voices]
    there = tuple(dict.fromkeys(userid for userid in found if userid))
    is_any = step.mode == Mode.ANY
    if not there or (len(there) < len(found) and not is_any):
        return []
    if len(there) == 1:
        return [Entry(step.pk, ALONE, there)]
    if step.mode == Mode.SEQUENCE:
        return [Entry(step.pk, ALONE, (userid,)) for userid in there]
    return [Entry(step.pk, ONE_OF if is_any else TOGETHER, there)]


def originator_of(approval: Approval, settings: DingtalkSettings) -> str:
    """Who sends it at DingTalk: the applicant, else whoever sends for others, else nobody."""
    known = userids(settings, [approval.applicant_id])
    return known.get(approval.applicant_id) or str(settings.originator_userid)


def people_of(settings: DingtalkSettings, remote: Iterable[str]) -> dict[str, DingtalkUser]:
    """Our people by their DingTalk ids."""
    rows = DingtalkUser.objects.filter(settings=settings, userid__in=list(remote))
    return {row.userid: row for row in rows.select_related("user__tenant")}
