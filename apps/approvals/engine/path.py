"""Which nodes a form meets, who is asked at each, and why: the answer before and at the start."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from apps.approvals.engine.conditions import ALWAYS, Facts
from apps.approvals.engine.graph import (
    LEVELS,
    By,
    Graph,
    Mode,
    Node,
    NodeType,
    OnEmpty,
    OnRepeat,
    OnSelf,
)


@dataclass(frozen=True)
class Person:
    """`is_able`: still here, and may decide."""

    id: int
    name: str
    is_able: bool = True


class Directory(Protocol):
    """Who is who, as seen from one applicant."""

    def person(self, person_id: int) -> Person | None: ...

    def with_roles(self, codes: Sequence[str]) -> list[Person]:
        """Able people with one of the roles."""

    def department_head(self, level: int) -> Person | None:
        """Of the applicant's department (1), of the one above it (2), …"""

    def superior(self, person_id: int) -> Person | None:
        """The direct one, able or not."""

    def administrators(self) -> list[Person]:
        """Able approvers of last resort."""


class Outcome(StrEnum):
    ASKED = "asked"
    SKIPPED = "skipped"
    COPIED = "copied"
    REJECTED = "rejected"  # nobody is there, and the flow says: refuse
    STUCK = "stuck"  # nobody is there at all


@dataclass(frozen=True)
class Reason:
    """A sentence as a code and what fills it; `apps.approvals.reasons` says it."""

    code: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PathNode:
    node: Node
    outcome: Outcome
    mode: Mode
    people: tuple[Person, ...] = ()
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Path:
    nodes: tuple[PathNode, ...]

    @property
    def asked(self) -> list[PathNode]:
        return [node for node in self.nodes if node.outcome is Outcome.ASKED]


@dataclass(frozen=True)
class Request:
    """What is asked for, by whom; `barred`: who may never be the last approver."""

    facts: Facts
    applicant: int
    chosen: Mapping[str, Sequence[int]] = field(default_factory=dict)
    barred: frozenset[int] = frozenset()
    involves_money: bool = False


def resolve(graph: Graph, request: Request, directory: Directory) -> Path:
    """The way of `request` through `graph`, with a reason for each node."""
    nodes = [_resolve(node, request, directory) for node in graph.nodes]
    nodes = _keep_the_last_free(nodes, request, directory)
    return Path(tuple(_foresee_repeats(nodes)))


def able_superior(
    person_id: int, directory: Directory, *, without: Iterable[int] = ()
) -> Person | None:
    """The nearest superior who can decide and is none of `without`."""
    seen = {person_id}
    unwanted = {person_id, *without}
    for _ in range(LEVELS):
        superior = directory.superior(person_id)
        if superior is None or superior.id in seen:
            return None
        if superior.is_able and superior.id not in unwanted:
            return superior
        seen.add(superior.id)
        person_id = superior.id
    return None


def _resolve(node: Node, request: Request, directory: Directory) -> PathNode:
    applies = node.condition.holds(request.facts)
    if applies is False:
        return PathNode(node, Outcome.SKIPPED, node.mode, reasons=(Reason("condition_not_met"),))
    reasons = _why_it_applies(node, applies)
    people, found = _candidates(node, request, directory)
    reasons += found
    if node.type is NodeType.COPY:
        return _copied(node, people, reasons, request)
    people, found = _without_applicant(node, people, request, directory)
    reasons += found
    if people:
        return PathNode(node, Outcome.ASKED, node.mode, tuple(people), tuple(reasons))
    return _empty(node, reasons, request, directory)


def _why_it_applies(node: Node, applies: bool | None) -> list[Reason]:
    if applies is None:
        return [Reason("condition_unknown")]
    return [Reason("always" if node.condition == ALWAYS else "condition_met")]


def _copied(node: Node, people: list[Person], reasons: list[Reason], request: Request) -> PathNode:
    readers = tuple(person for person in people if person.id != request.applicant)
    outcome = Outcome.COPIED if readers else Outcome.SKIPPED
    return PathNode(node, outcome, node.mode, readers, tuple(reasons))


def _candidates(
    node: Node, request: Request, directory: Directory
) -> tuple[list[Person], list[Reason]]:
    asked = node.approvers
    match asked.by:
        case By.PERSON:
            return _present(asked.ids, directory)
        case By.CHOSEN:
            ids = [
                person
                for person in request.chosen.get(node.key, ())
                if not asked.ids or person in asked.ids
            ]
            people, reasons = _present(ids, directory)
            return people, reasons or [Reason("chosen" if people else "nobody_chosen")]
        case By.ROLE:
            people = directory.with_roles(asked.roles)
            return people, [Reason("by_role", {"roles": ", ".join(asked.roles)})]
        case By.DEPARTMENT_HEAD:
            found = directory.department_head(asked.level)
            reason = Reason("by_department_head", {"level": str(asked.level)})
        case By.SUPERIOR:
            found = _superior_of_level(request.applicant, asked.level, directory)
            reason = Reason("by_superior", {"level": str(asked.level)})
    people, reasons = _present([found.id] if found else [], directory)
    return people, [reason, *reasons]


def _superior_of_level(person_id: int, level: int, directory: Directory) -> Person | None:
    found = None
    for _ in range(level):
        found = directory.superior(person_id)
        if found is None:
            return None
        person_id = found.id
    return found


def _present(ids: Sequence[int], directory: Directory) -> tuple[list[Person], list[Reason]]:
    """These people; for who has left or may not decide, his superior."""
    people: list[Person] = []
    reasons = []
    for person_id in ids:
        person = directory.person(person_id)
        if person is None or not person.is_able:
            absent = person.name if person else str(person_id)
            person = able_superior(person_id, directory)
            code = "leaver_replaced" if person else "leaver_dropped"
            names = {"absent": absent, "person": person.name if person else ""}
            reasons.append(Reason(code, names))
        if person is not None and person not in people:
            people.append(person)
    return people, reasons


def _without_applicant(
    node: Node, people: list[Person], request: Request, directory: Directory
) -> tuple[list[Person], list[Reason]]:
    himself = next((person for person in people if person.id == request.applicant), None)
    if himself is None:
        return people, []
    if node.on_self is OnSelf.ALLOW:
        return people, [Reason("applicant_allowed", {"person": himself.name})]
    others = [person for person in people if person.id != himself.id]
    if node.on_self is OnSelf.SUPERIOR:
        superior = able_superior(himself.id, directory)
        if superior is not None:
            names = {"person": himself.name, "superior": superior.name}
            kept = others if superior in others else [*others, superior]
            return kept, [Reason("applicant_replaced", names)]
    return others, [Reason("applicant_left_out", {"person": himself.name})]


def _empty(node: Node, reasons: list[Reason], request: Request, directory: Directory) -> PathNode:
    was_himself = any(reason.code == "applicant_left_out" for reason in reasons)
    is_skippable = not request.involves_money and node.on_self is OnSelf.SKIP and was_himself
    passes = node.on_empty is OnEmpty.AUTOMATIC and not request.involves_money
    if is_skippable or passes:
        code = "skipped_himself" if is_skippable else "passed_empty"
        return PathNode(node, Outcome.SKIPPED, node.mode, reasons=(*reasons, Reason(code)))
    if node.on_empty is OnEmpty.REJECT:
        return PathNode(
            node, Outcome.REJECTED, node.mode, reasons=(*reasons, Reason("rejected_empty"))
        )
    people: list[Person] = []
    code = "empty_person"
    if node.on_empty is OnEmpty.PERSON:
        present, _ = _present(node.on_empty_ids, directory)
        people = [person for person in present if person.id != request.applicant]
    if not people:
        code = "empty_administrator"
        if node.on_empty is OnEmpty.AUTOMATIC:
            code = "never_automatic"
        people = [p for p in directory.administrators() if p.id != request.applicant]
    if not people:
        return PathNode(node, Outcome.STUCK, node.mode, reasons=(*reasons, Reason("stuck")))
    return PathNode(node, Outcome.ASKED, Mode.ANY, tuple(people), (*reasons, Reason(code)))


def _keep_the_last_free(
    nodes: list[PathNode], request: Request, directory: Directory
) -> list[PathNode]:
    """Who is barred is not asked last, as far as the flow can know: others of the node are, or
    somebody above him, or an administrator. What the flow can't know is held when it ends."""
    asked = [index for index, node in enumerate(nodes) if node.outcome is Outcome.ASKED]
    if not asked:
        return nodes
    last = nodes[asked[-1]]
    barred = request.barred | {request.applicant}
    left_out = [person for person in last.people if person.id in barred]
    if not left_out:
        return nodes
    people = [person for person in last.people if person.id not in barred]
    mode = last.mode
    if not people:
        above = able_superior(left_out[0].id, directory, without=barred)
        others = [p for p in directory.administrators() if p.id not in barred]
        people = [above] if above else others
        mode = Mode.ANY
    reason = Reason("barred_left_out", {"people": ", ".join(p.name for p in left_out)})
    outcome = Outcome.ASKED if people else Outcome.STUCK
    changed = replace(
        last,
        outcome=outcome,
        mode=mode,
        people=tuple(people),
        reasons=(*last.reasons, reason),
    )
    return [*nodes[: asked[-1]], changed, *nodes[asked[-1] + 1 :]]


def _foresee_repeats(nodes: list[PathNode]) -> list[PathNode]:
    """Name those who will not be asked again if they approve before: for the drawing alone."""
    before: set[int] = set()
    just_before: set[int] = set()
    shown = []
    for step in nodes:
        if step.outcome is not Outcome.ASKED:
            shown.append(step)
            continue
        again = repeated(step.node.on_repeat, before=before, just_before=just_before)
        names = [person.name for person in step.people if person.id in again]
        note = (Reason("asked_before", {"people": ", ".join(names)}),) if names else ()
        shown.append(replace(step, reasons=(*step.reasons, *note)))
        just_before = {person.id for person in step.people}
        before |= just_before
    return shown


def repeated(policy: OnRepeat, *, before: set[int], just_before: set[int]) -> set[int]:
    """Whose earlier approval counts again at this node."""
    return {
        OnRepeat.FIRST: before,
        OnRepeat.CONSECUTIVE: just_before,
        OnRepeat.EVERY: set(),
    }[policy]
