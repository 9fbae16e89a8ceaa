"""A flow drawn from top to bottom: as a plan, as the path of a form, as it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.approvals.admin import looks, words
from apps.approvals.engine.graph import Graph, Node, NodeType
from apps.approvals.engine.path import Outcome
from apps.approvals.enums import ApprovalStatus, StepStatus, TaskStatus
from apps.approvals.models import Approval
from apps.approvals.selectors.decision import PersonView, StepView
from apps.approvals.selectors.simulation import SimulatedNode


@dataclass(frozen=True)
class Person:
    name: str
    tone: str = "draft"
    state: str = ""


@dataclass(frozen=True)
class Box:
    """One node as it is drawn. `tone` is one of draft, progress, waiting, done, failed, skipped."""

    name: str
    is_copy: bool = False
    mode: str = ""
    who: str = ""
    condition: str = ""
    tone: str = "draft"
    state: str = ""
    reason: str = ""
    people: tuple[Person, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True)
class Drawing:
    start: str
    boxes: tuple[Box, ...]
    end: str


def plan(graph: Graph, names: words.Names) -> Drawing:
    """The flow as it was designed."""
    boxes = tuple(_planned(node, names) for node in graph.nodes)
    return Drawing(start=_("Applicant submits"), boxes=boxes, end=_("Decided, carried out"))


def _planned(node: Node, names: words.Names) -> Box:
    return Box(
        name=node.name,
        is_copy=node.type is NodeType.COPY,
        mode=words.mode_text(node),
        who=words.who_text(node, names),
        condition=words.condition_text(node.condition, names),
        tone="progress",
        rules=words.rule_texts(node, names),
    )


OUTCOMES = {
    Outcome.ASKED: ("waiting", ""),
    Outcome.COPIED: ("progress", StepStatus.COPIED),
    Outcome.SKIPPED: ("skipped", StepStatus.SKIPPED),
    Outcome.REJECTED: ("failed", StepStatus.REJECTED),
    Outcome.STUCK: ("failed", ""),
}


def foreseen(nodes: Sequence[SimulatedNode], conditions: Mapping[str, str]) -> Drawing:
    """The way that a form would go, each node with its reasons; `conditions` by node."""
    boxes = tuple(_foreseen(node, conditions.get(node.key, "")) for node in nodes)
    return Drawing(start=_("Applicant submits"), boxes=boxes, end=_("Decided, carried out"))


def _foreseen(node: SimulatedNode, condition: str) -> Box:
    tone, status = OUTCOMES[Outcome(node.outcome)]
    return Box(
        name=node.name,
        is_copy=node.type == NodeType.COPY,
        mode=node.mode_label if len(node.people) > 1 and node.type == NodeType.APPROVE else "",
        condition=condition,
        tone=tone,
        state=str(StepStatus(status).label) if status else "",
        reason=" ".join(node.reasons),
        people=tuple(Person(name, "progress") for name in node.people),
    )


def course(approval: Approval, steps: Sequence[StepView]) -> Drawing:
    """The way that an approval has gone so far, and what is still to come."""
    start = _("%(who)s submitted") % {"who": approval.applicant}
    is_open = approval.status == ApprovalStatus.RUNNING
    end = _("Decided, carried out") if is_open else str(approval.get_status_display())
    return Drawing(start=start, boxes=tuple(map(_went, steps)), end=end)


def _went(step: StepView) -> Box:
    return Box(
        name=step.name,
        mode=step.mode_label if len(step.people) > 1 else "",
        tone=looks.STEP_TONES.get(StepStatus(step.status), "draft"),
        state=step.status_label,
        reason=" ".join(step.reasons),
        people=tuple(map(_part, step.people)),
    )


def _part(person: PersonView) -> Person:
    name = person.name
    if person.stand_in:
        name = _("%(whom)s (stand-in: %(who)s)") % {"who": person.stand_in, "whom": name}
    tone = looks.TASK_TONES.get(TaskStatus(person.status), "draft")
    return Person(name, tone, person.status_label)
