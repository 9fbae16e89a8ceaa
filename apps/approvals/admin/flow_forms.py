"""The form of a flow: one node a form, in the words of the people who run it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.approvals import reasons
from apps.approvals.admin import words
from apps.approvals.engine.conditions import (
    LISTED,
    Comparison,
    ConditionIsInvalid,
    Either,
    Types,
    parse,
)
from apps.approvals.engine.graph import By, Graph, Mode, Node, OnEmpty

ROWS = 4  # comparisons that a node's form has room for
INPUT = {"class": "ka-input"}


@dataclass(frozen=True)
class Vocabulary:
    """What may be chosen in a flow: whom, which roles, which fields of the form."""

    names: words.Names
    types: Types

    @property
    def people(self) -> list[tuple[int, str]]:
        return sorted(self.names.people.items(), key=lambda item: item[1])

    @property
    def roles(self) -> list[tuple[str, str]]:
        return list(self.names.roles.items())

    @property
    def fields(self) -> list[tuple[str, StrOrPromise]]:
        return [("", "—"), *((name, self.names.fields.get(name, name)) for name in self.types)]


def _choice(label: StrOrPromise, labels: Mapping[Any, StrOrPromise], **hints: Any) -> Any:
    attrs = {**INPUT, **({"data-decides": hints.pop("decides")} if "decides" in hints else {})}
    field = forms.ChoiceField(
        label=label,
        initial=hints.pop("initial", None),
        choices=[(str(code), text) for code, text in labels.items()],
        widget=forms.Select(attrs=attrs),
    )
    return _shown(field, **hints)


def _shown(field: Any, *, shown_for: str = "", is_wide: bool = False) -> Any:
    """Which choices of the same node make the field appear: "by=person by=chosen"."""
    field.shown_for, field.is_wide = shown_for, is_wide
    return field


def _picks(label: StrOrPromise, **hints: Any) -> Any:
    widget = forms.CheckboxSelectMultiple(attrs={"class": "ka-pick"})
    kind = forms.TypedMultipleChoiceField if hints.pop("is_number") else forms.MultipleChoiceField
    options = {"coerce": int} if kind is forms.TypedMultipleChoiceField else {}
    return _shown(kind(label=label, required=False, widget=widget, **options), **hints)


def _number(label: StrOrPromise, initial: float, **hints: Any) -> Any:
    widget = forms.NumberInput(attrs=INPUT)
    help_text = hints.pop("help_text", "")
    field: Any = hints.pop("kind", forms.IntegerField)(
        label=label, initial=initial, required=False, help_text=help_text, widget=widget
    )
    return _shown(field, **hints)


class NodeForm(forms.Form):
    """One node. `clean` makes its data; the service checks the whole."""

    key = forms.SlugField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Name of the step"), max_length=60, widget=forms.TextInput(attrs=INPUT)
    )
    type = _choice(_("What for"), words.NODE_TYPES, decides="type")
    by = _choice(_("Who"), words.BY, decides="by", initial=str(By.ROLE))
    people = _picks(_("People"), is_number=True, shown_for="by=person by=chosen", is_wide=True)
    roles = _picks(_("Roles"), is_number=False, shown_for="by=role", is_wide=True)
    level = _number(
        _("Level"),
        1,
        shown_for="by=superior by=department_head",
        help_text=_("1 is the direct one, 2 the one above."),
    )
    mode = _choice(
        _("If there are several"),
        reasons.MODES,
        decides="mode",
        shown_for="type=approve",
        initial=str(Mode.ANY),
    )
    share = _number(_("Share in percent"), 60, shown_for="mode=share")
    join = forms.ChoiceField(
        choices=[("all", _("all of these hold")), ("any", _("one of these holds"))],
        required=False,
        widget=forms.Select(
            attrs={**INPUT, "style": "width: auto", "aria-label": _("How conditions are joined")}
        ),
    )
    nested = forms.JSONField(required=False, widget=forms.HiddenInput)
    on_empty = _choice(_("If nobody is there"), words.ON_EMPTY, decides="on_empty")
    stand_ins = _picks(
        _("Then these decide"), is_number=True, shown_for="on_empty=person", is_wide=True
    )
    on_self = _choice(_("If it is the applicant"), words.ON_SELF)
    on_repeat = _choice(_("If he has agreed before"), words.ON_REPEAT)
    remind_after = _number(
        _("Reminder after (working hours)"), 8, kind=forms.DecimalField, is_wide=False
    )
    escalate_after = _number(
        _("To his superior after (working hours)"), 16, kind=forms.DecimalField, is_wide=False
    )

    BASICS = ("name", "type", "by", "people", "roles", "level", "mode", "share")
    POLICIES = (
        "on_empty",
        "stand_ins",
        "on_self",
        "on_repeat",
        "remind_after",
        "escalate_after",
    )

    def __init__(self, *args: Any, vocabulary: Vocabulary, **options: Any) -> None:
        super().__init__(*args, **options)
        self.vocabulary = vocabulary
        self.fields["people"].choices = self.fields["stand_ins"].choices = vocabulary.people
        self.fields["roles"].choices = vocabulary.roles
        operators = [(str(code), text) for code, text in words.OPERATORS.items()]
        for row in range(ROWS):
            self._add(f"field_{row}", _("Field"), vocabulary.fields)
            self._add(f"op_{row}", _("Comparison"), operators)
            self.fields[f"value_{row}"] = forms.CharField(
                required=False,
                max_length=200,
                widget=forms.TextInput(attrs={**INPUT, "aria-label": _("Value")}),
            )

    def _add(self, name: str, label: StrOrPromise, choices: list[Any]) -> None:
        widget = forms.Select(attrs={**INPUT, "aria-label": label})
        self.fields[name] = forms.ChoiceField(choices=choices, required=False, widget=widget)

    @property
    def basics(self) -> list[Any]:
        return [self[name] for name in self.BASICS]

    @property
    def policies(self) -> list[Any]:
        return [self[name] for name in self.POLICIES]

    @property
    def conditions(self) -> list[list[Any]]:
        return [[self[f"{part}_{row}"] for part in ("field", "op", "value")] for row in range(ROWS)]

    @property
    def nested_text(self) -> str:
        """A condition that the rows have no room for, in words; it stays as it is."""
        data = self.initial.get("nested") if self.initial else None
        if not data:
            return ""
        try:
            condition = parse(data, self.vocabulary.types)
        except ConditionIsInvalid:
            return str(data)
        return words.condition_text(condition, self.vocabulary.names)

    @property
    def has_policy_errors(self) -> bool:
        return any(name in self.errors for name in self.POLICIES) if self.is_bound else False

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        comparisons = [found for row in range(ROWS) if (found := self._comparison(row, cleaned))]
        cleaned["condition"] = cleaned.get("nested") or None
        if comparisons:
            cleaned["condition"] = {cleaned.get("join") or "all": comparisons}
        return cleaned

    def _comparison(self, row: int, cleaned: dict[str, Any]) -> dict[str, Any] | None:
        field, op = cleaned.get(f"field_{row}"), cleaned.get(f"op_{row}")
        text = (cleaned.get(f"value_{row}") or "").strip()
        if not field:
            return None
        names = self.vocabulary.names
        texts = re.split(r"\s*[,，、]\s*", text) if op in LISTED else [text]
        values = [names.code(field, one).replace(",", "") for one in texts]
        value: Any = values if op in LISTED else values[0]
        data = {"field": field, "op": op, "value": value}
        try:
            parse(data, self.vocabulary.types)
        except ConditionIsInvalid:
            self.add_error(f"value_{row}", _("This cannot be compared so."))
        if not text:
            self.add_error(f"value_{row}", _("A value is missing."))
        return data


class FlowForms(forms.BaseFormSet):
    """All nodes, in the order in which they stand on the page."""

    ordering_widget = forms.HiddenInput

    def data_of_flow(self) -> dict[str, Any]:
        """The flow as JSON, for the service."""
        ordered = sorted(
            (form for form in self.forms if form.is_valid() and not self._should_delete_form(form)),
            key=lambda form: form.cleaned_data.get("ORDER") or len(self.forms) + 1,
        )
        keys = {form.cleaned_data["key"] for form in ordered}
        return {"nodes": [_node_data(form.cleaned_data, _key(form, keys)) for form in ordered]}

    def complaints(self) -> list[str]:
        """Sentences about forms that are not valid, for the head of the page."""
        return [str(error) for error in self.non_form_errors()]


NodeFormSet = forms.formset_factory(
    NodeForm, formset=FlowForms, extra=0, can_order=True, can_delete=True
)


def _key(form: NodeForm, keys: set[str]) -> str:
    """The node's own key, which instances remember; a new node gets the next free one."""
    own = form.cleaned_data["key"]
    if own:
        return str(own)
    number = 1
    while f"step-{number}" in keys:
        number += 1
    keys.add(f"step-{number}")
    return f"step-{number}"


def _node_data(cleaned: dict[str, Any], key: str) -> dict[str, Any]:
    by = By(cleaned["by"])
    return {
        "key": key,
        "name": cleaned["name"].strip(),
        "type": cleaned["type"],
        "condition": cleaned["condition"],
        "approvers": {
            "by": str(by),
            "ids": cleaned["people"] if by in {By.PERSON, By.CHOSEN} else [],
            "roles": cleaned["roles"] if by is By.ROLE else [],
            "level": cleaned["level"] or 1,
        },
        "mode": cleaned["mode"],
        "share": cleaned["share"] or 100 if cleaned["mode"] == Mode.SHARE else 100,
        "on_empty": cleaned["on_empty"],
        "on_empty_ids": cleaned["stand_ins"] if cleaned["on_empty"] == OnEmpty.PERSON else [],
        "on_self": cleaned["on_self"],
        "on_repeat": cleaned["on_repeat"],
        "remind_after": _minutes(cleaned["remind_after"], 8),
        "escalate_after": _minutes(cleaned["escalate_after"], 16),
    }


def _minutes(hours: Decimal | None, otherwise: int) -> int:
    """Whole minutes, as they were before they were shown as 0.83 hours."""
    return round((otherwise if hours is None else hours) * 60)


def initial_of(graph: Graph, names: words.Names) -> list[dict[str, Any]]:
    """What the forms show of a flow."""
    return [_initial(node, position, names) for position, node in enumerate(graph.nodes, 1)]


def _initial(node: Node, position: int, names: words.Names) -> dict[str, Any]:
    return {
        "key": node.key,
        "name": node.name,
        "type": str(node.type),
        "by": str(node.approvers.by),
        "people": list(node.approvers.ids),
        "roles": list(node.approvers.roles),
        "level": node.approvers.level,
        "mode": str(node.mode),
        "share": node.share,
        "on_empty": str(node.on_empty),
        "stand_ins": list(node.on_empty_ids),
        "on_self": str(node.on_self),
        "on_repeat": str(node.on_repeat),
        "remind_after": _hours(node.remind_after),
        "escalate_after": _hours(node.escalate_after),
        "ORDER": position,
        **_condition_rows(node, names),
    }


def _hours(minutes: int) -> float:
    return minutes // 60 if minutes % 60 == 0 else round(minutes / 60, 2)


def _condition_rows(node: Node, names: words.Names) -> dict[str, Any]:
    condition = node.condition
    parts = (condition,) if isinstance(condition, Comparison) else condition.parts
    if not words.is_plain(condition) or len(parts) > ROWS:
        return {"nested": condition.to_json()}
    rows: dict[str, Any] = {"join": "any" if isinstance(condition, Either) else "all"}
    for row, one in enumerate(parts):
        values = one.value if isinstance(one.value, tuple) else (one.value,)
        rows[f"field_{row}"], rows[f"op_{row}"] = one.field, str(one.op)
        rows[f"value_{row}"] = ", ".join(names.label(one.field, value) for value in values)
    return rows
