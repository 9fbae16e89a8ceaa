"""A flow as data: nodes one after another, each with its condition, approvers and policies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from apps.approvals.engine.conditions import (
    ALWAYS,
    Condition,
    ConditionIsInvalid,
    Types,
    fields_of,
    parse,
)


class NodeType(StrEnum):
    APPROVE = "approve"
    COPY = "copy"


class By(StrEnum):
    """How a node finds its people."""

    PERSON = "person"
    ROLE = "role"
    DEPARTMENT_HEAD = "department_head"
    SUPERIOR = "superior"
    CHOSEN = "chosen"


class Mode(StrEnum):
    ALL = "all"  # 会签: everybody agrees
    SHARE = "share"  # 会签 by share: `share` percent agree
    ANY = "any"  # 或签: the first to decide decides
    SEQUENCE = "sequence"  # 依次: one after another, everybody agrees


class OnEmpty(StrEnum):
    AUTOMATIC = "automatic"  # 自动通过: nobody is asked; never for money
    PERSON = "person"  # 指定人: `on_empty_ids`
    ADMINISTRATOR = "administrator"
    REJECT = "reject"


class OnSelf(StrEnum):
    SKIP = "skip"
    SUPERIOR = "superior"
    ALLOW = "allow"


class OnRepeat(StrEnum):
    FIRST = "first"  # 仅首次: asked once, later nodes take it as given
    CONSECUTIVE = "consecutive"  # 连续去重: not asked twice in a row
    EVERY = "every"


@dataclass(frozen=True)
class Approvers:
    """`ids`: people, or for chosen the candidates (none: anybody); `roles`: codes of roles;
    `level`: of superiors and departments upwards, 1 is the direct one."""

    by: By
    ids: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    level: int = 1

    @classmethod
    def people(cls, *ids: int) -> "Approvers":
        return cls(By.PERSON, ids=ids)

    @classmethod
    def role(cls, *codes: str) -> "Approvers":
        return cls(By.ROLE, roles=codes)

    @classmethod
    def superior(cls, level: int = 1) -> "Approvers":
        return cls(By.SUPERIOR, level=level)

    @classmethod
    def department_head(cls, level: int = 1) -> "Approvers":
        return cls(By.DEPARTMENT_HEAD, level=level)

    @classmethod
    def chosen(cls, *candidates: int) -> "Approvers":
        return cls(By.CHOSEN, ids=candidates)


@dataclass(frozen=True)
class Node:
    key: str
    name: str
    approvers: Approvers
    type: NodeType = NodeType.APPROVE
    condition: Condition = ALWAYS
    mode: Mode = Mode.ANY
    share: int = 100
    on_empty: OnEmpty = OnEmpty.ADMINISTRATOR
    on_empty_ids: tuple[int, ...] = ()
    on_self: OnSelf = OnSelf.SUPERIOR
    on_repeat: OnRepeat = OnRepeat.FIRST
    remind_after: int = 480  # minutes of working time; a day is 480
    escalate_after: int = 960


@dataclass(frozen=True)
class Graph:
    nodes: tuple[Node, ...] = field(default_factory=tuple)

    def node(self, key: str) -> Node | None:
        return next((node for node in self.nodes if node.key == key), None)

    def to_json(self) -> dict[str, Any]:
        return {"nodes": [_node_json(node) for node in self.nodes]}


@dataclass(frozen=True)
class Complaint:
    """What is wrong: a stable code, the node, and a word more."""

    code: str
    node: str = ""
    detail: str = ""


class GraphIsMalformed(ValueError):
    """The data is not a flow. `complaints` says why, all at once."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__(", ".join(f"{c.node}: {c.code} {c.detail}" for c in self.complaints))


NODES, LEVELS, MINUTES = 30, 10, 480 * 60


def from_json(data: object, types: Types) -> Graph:
    """The flow that `data` describes. :raises GraphIsMalformed: with everything that is wrong"""
    nodes_data = data.get("nodes") if isinstance(data, Mapping) else None
    if not isinstance(nodes_data, Sequence) or isinstance(nodes_data, str):
        raise GraphIsMalformed([Complaint("not_a_flow")])
    complaints: list[Complaint] = []
    nodes = []
    for position, item in enumerate(nodes_data):
        key = str(item.get("key", "")) if isinstance(item, Mapping) else ""
        try:
            nodes.append(_node(item, types))
        except ConditionIsInvalid as error:
            complaints.append(Complaint("condition_invalid", key, str(error)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            complaints.append(Complaint("node_malformed", key or str(position + 1), str(error)))
    if complaints:
        raise GraphIsMalformed(complaints)
    return Graph(tuple(nodes))


def complaints_of(graph: Graph, *, types: Types, involves_money: bool) -> list[Complaint]:
    """Why this flow may not be published; empty if it may."""
    found = []
    keys = [node.key for node in graph.nodes]
    if not any(node.type is NodeType.APPROVE for node in graph.nodes):
        found.append(Complaint("nobody_approves"))
    if len(keys) > NODES:
        found.append(Complaint("too_many_nodes", detail=str(NODES)))
    found += [Complaint("key_twice", key) for key in sorted({k for k in keys if keys.count(k) > 1})]
    for node in graph.nodes:
        found += _node_complaints(node, types)
        if involves_money and node.type is NodeType.APPROVE:
            found += _automatic(node)
    if involves_money and not _always_asks(graph):
        found.append(Complaint("nobody_approves_unconditionally"))
    return found


def _automatic(node: Node) -> list[Complaint]:
    """Money and discounts are never passed by themselves (APR-4)."""
    return [Complaint("passes_by_itself", node.key)] if node.on_empty is OnEmpty.AUTOMATIC else []


def _always_asks(graph: Graph) -> bool:
    return any(n.type is NodeType.APPROVE and n.condition == ALWAYS for n in graph.nodes)


RESERVED_KEYS = frozenset({"applicant", "second-person"})


def _node_complaints(node: Node, types: Types) -> list[Complaint]:
    people = node.approvers
    named = {By.PERSON: people.ids, By.ROLE: people.roles}.get(people.by, (1,))
    wrong = {
        "key_missing": not node.key or node.key in RESERVED_KEYS,
        "name_missing": not node.name.strip(),
        "approvers_missing": not named,
        "level_out_of_range": not 1 <= people.level <= LEVELS,
        "share_out_of_range": node.mode is Mode.SHARE and not 1 <= node.share <= 100,
        "stand_in_missing": node.on_empty is OnEmpty.PERSON and not node.on_empty_ids,
        "times_out_of_range": not 0 < node.remind_after < node.escalate_after <= MINUTES,
        "field_unknown": bool(fields_of(node.condition) - set(types)),
    }
    return [Complaint(code, node.key) for code, is_wrong in wrong.items() if is_wrong]


def _node(data: Mapping[str, Any], types: Types) -> Node:
    unknown = set(data) - _NODE_KEYS
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    people = data["approvers"]
    defaults = Node(key="", name="", approvers=Approvers(By.CHOSEN))
    return replace(
        defaults,
        key=str(data["key"]),
        name=str(data["name"]),
        approvers=Approvers(
            by=By(people["by"]),
            ids=_ids(people.get("ids", [])),
            roles=tuple(str(code) for code in people.get("roles", [])),
            level=_whole(people.get("level", 1)),
        ),
        type=NodeType(data.get("type", NodeType.APPROVE)),
        condition=parse(data.get("condition"), types),
        mode=Mode(data.get("mode", defaults.mode)),
        share=_whole(data.get("share", 100)),
        on_empty=OnEmpty(data.get("on_empty", defaults.on_empty)),
        on_empty_ids=_ids(data.get("on_empty_ids", [])),
        on_self=OnSelf(data.get("on_self", defaults.on_self)),
        on_repeat=OnRepeat(data.get("on_repeat", defaults.on_repeat)),
        remind_after=_whole(data.get("remind_after", defaults.remind_after)),
        escalate_after=_whole(data.get("escalate_after", defaults.escalate_after)),
    )


_NODE_KEYS = {
    "key",
    "name",
    "type",
    "condition",
    "approvers",
    "mode",
    "share",
    "on_empty",
    "on_empty_ids",
    "on_self",
    "on_repeat",
    "remind_after",
    "escalate_after",
}


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _ids(values: Sequence[object]) -> tuple[int, ...]:
    return tuple(_whole(value) for value in values)


def _node_json(node: Node) -> dict[str, Any]:
    people = node.approvers
    return {
        "key": node.key,
        "name": node.name,
        "type": str(node.type),
        "condition": None if node.condition == ALWAYS else node.condition.to_json(),
        "approvers": {
            "by": str(people.by),
            "ids": list(people.ids),
            "roles": list(people.roles),
            "level": people.level,
        },
        "mode": str(node.mode),
        "share": node.share,
        "on_empty": str(node.on_empty),
        "on_empty_ids": list(node.on_empty_ids),
        "on_self": str(node.on_self),
        "on_repeat": str(node.on_repeat),
        "remind_after": node.remind_after,
        "escalate_after": node.escalate_after,
    }
