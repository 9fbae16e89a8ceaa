"""What a flow says to people: its modes, policies and conditions in words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_stubs_ext import StrOrPromise

from apps.approvals.engine.conditions import Comparison, Condition, Either, Every, Operator
from apps.approvals.engine.graph import (
    By,
    Mode,
    Node,
    NodeType,
    OnEmpty,
    OnRepeat,
    OnSelf,
)
from apps.approvals.reasons import MODES

NODE_TYPES = {
    NodeType.APPROVE: gettext_lazy("Decides"),
    NodeType.COPY: gettext_lazy("Gets a copy"),
}
BY = {
    By.PERSON: gettext_lazy("named people"),
    By.ROLE: gettext_lazy("people with a role"),
    By.DEPARTMENT_HEAD: gettext_lazy("head of the department"),
    By.SUPERIOR: gettext_lazy("superior of the applicant"),
    By.CHOSEN: gettext_lazy("whom the applicant chooses"),
}
ON_EMPTY = {
    OnEmpty.ADMINISTRATOR: gettext_lazy("an administrator decides"),
    OnEmpty.PERSON: gettext_lazy("named people decide"),
    OnEmpty.AUTOMATIC: gettext_lazy("the step passes by itself"),
    OnEmpty.REJECT: gettext_lazy("the request is rejected"),
}
ON_SELF = {
    OnSelf.SUPERIOR: gettext_lazy("his superior decides"),
    OnSelf.SKIP: gettext_lazy("he is left out"),
    OnSelf.ALLOW: gettext_lazy("he may decide"),
}
ON_REPEAT = {
    OnRepeat.FIRST: gettext_lazy("asked the first time only"),
    OnRepeat.CONSECUTIVE: gettext_lazy("not asked twice in a row"),
    OnRepeat.EVERY: gettext_lazy("asked every time"),
}
STANDARD_FIELDS: dict[str, StrOrPromise] = {
    "amount": gettext_lazy("Amount (yuan)"),
    "discount": gettext_lazy("Discount"),
    "margin": gettext_lazy("Margin"),
    "tier": gettext_lazy("Tier of the customer"),
    "tenant": gettext_lazy("Tenant"),
    "department": gettext_lazy("Department of the applicant"),
    "applicant_kind": gettext_lazy("Applicant is"),
}
OPERATORS = {
    Operator.AT_LEAST: gettext_lazy("at least"),
    Operator.MORE: gettext_lazy("more than"),
    Operator.AT_MOST: gettext_lazy("at most"),
    Operator.LESS: gettext_lazy("less than"),
    Operator.EQUAL: gettext_lazy("is"),
    Operator.UNEQUAL: gettext_lazy("is not"),
    Operator.IN: gettext_lazy("is one of"),
    Operator.NOT_IN: gettext_lazy("is none of"),
}
SIGNS = {
    Operator.AT_LEAST: "≥",
    Operator.MORE: ">",
    Operator.AT_MOST: "≤",
    Operator.LESS: "<",
    Operator.EQUAL: "=",
    Operator.UNEQUAL: "≠",
}


@dataclass(frozen=True)
class Names:
    """How the ids in a flow are called: people by id, roles by code, fields of the form, and the
    values that a field may have."""

    people: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, StrOrPromise] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, StrOrPromise]] = field(default_factory=dict)

    def person(self, pk: int) -> str:
        return self.people.get(pk, f"#{pk}")

    def listed(self, ids: tuple[int, ...]) -> str:
        return _(", ").join(self.person(pk) for pk in ids)

    def label(self, name: str, value: object) -> str:
        """How a value of the field `name` is called, as it is typed into the form."""
        known = self.values.get(name, {}).get(str(value))
        if known is not None:
            return str(known)
        return f"{value:f}" if isinstance(value, Decimal) else str(value)

    def value(self, name: str, value: object) -> str:
        """How it is read."""
        return f"{value:,f}" if isinstance(value, Decimal) else self.label(name, value)

    def code(self, name: str, text: str) -> str:
        """The value of which `text` is the label; otherwise the text, numbers without commas."""
        known = self.values.get(name, {})
        return next((code for code, label in known.items() if str(label) == text), text)


def condition_text(condition: Condition, names: Names, *, is_inner: bool = False) -> str:
    """“amount ≥ 50,000 and (tier is one of gold, black)”; empty if there is none."""
    if isinstance(condition, Comparison):
        return _comparison_text(condition, names)
    parts = [condition_text(part, names, is_inner=True) for part in condition.parts]
    word = _(" or ") if isinstance(condition, Either) else _(" and ")
    text = word.join(parts)
    return f"({text})" if is_inner and len(parts) > 1 else text


def _comparison_text(one: Comparison, names: Names) -> str:
    label = str(names.fields.get(one.field, one.field))
    if isinstance(one.value, tuple):
        values = _(", ").join(names.value(one.field, value) for value in one.value)
        return f"{label} {OPERATORS[one.op]} {values}"
    return f"{label} {SIGNS[one.op]} {names.value(one.field, one.value)}"


def who_text(node: Node, names: Names) -> str:
    """Whom the node asks."""
    people = node.approvers
    if people.by is By.PERSON:
        return names.listed(people.ids)
    if people.by is By.ROLE:
        roles = _(", ").join(names.roles.get(code, code) for code in people.roles)
        return _("Role: %(roles)s") % {"roles": roles}
    if people.by is By.CHOSEN:
        chosen = _("Whom the applicant chooses")
        return f"{chosen}: {names.listed(people.ids)}" if people.ids else chosen
    if people.by is By.SUPERIOR:
        return _level_text(people.level, _("Superior of the applicant"))
    return _level_text(people.level, _("Head of the applicant's department"))


def _level_text(level: int, text: str) -> str:
    above = level - 1
    if not above:
        return text
    return ngettext(
        "%(text)s, %(above)d level higher", "%(text)s, %(above)d levels higher", above
    ) % {"text": text, "above": above}


def mode_text(node: Node) -> str:
    if node.type is NodeType.COPY:
        return str(NODE_TYPES[node.type])
    if node.mode is Mode.SHARE:
        return _("%(share)d %% must agree") % {"share": node.share}
    return str(MODES[node.mode])


def rule_texts(node: Node, names: Names) -> tuple[str, ...]:
    """The policies of the node, one phrase each."""
    if node.type is NodeType.COPY:
        return ()
    stand_ins = f" ({names.listed(node.on_empty_ids)})" if node.on_empty_ids else ""
    return (
        _("If nobody is there: %(then)s") % {"then": f"{ON_EMPTY[node.on_empty]}{stand_ins}"},
        _("If it is the applicant: %(then)s") % {"then": ON_SELF[node.on_self]},
        _("Reminder after %(hours)s h, escalation after %(more)s h")
        % {"hours": _hours(node.remind_after), "more": _hours(node.escalate_after)},
    )


def _hours(minutes: int) -> str:
    return f"{Decimal(minutes) / 60:.1f}".removesuffix(".0")


def ids_in(nodes: tuple[Node, ...]) -> set[int]:
    """Everybody whom a flow names."""
    return {pk for node in nodes for pk in (*node.approvers.ids, *node.on_empty_ids)}


def is_plain(condition: Condition) -> bool:
    """Whether the editor's rows can show it: comparisons joined by one word."""
    if isinstance(condition, Comparison):
        return True
    return isinstance(condition, Every | Either) and all(
        isinstance(part, Comparison) for part in condition.parts
    )
