"""Saving a flow that nobody changed changes nothing, also of what the page cannot edit."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from apps.approvals.admin.flow_forms import NodeFormSet, Vocabulary, initial_of
from apps.approvals.admin.words import Names
from apps.approvals.engine.conditions import Comparison, Either, Every, Operator, ValueType
from apps.approvals.engine.graph import Approvers, Graph, Mode, Node, OnEmpty, from_json

TYPES = {"amount": ValueType.NUMBER, "tier": ValueType.TEXT, "since": ValueType.DATE}
VOCABULARY = Vocabulary(
    names=Names(
        people={1: "赵", 2: "钱", 3: "孙"},
        roles={"finance": "财务", "operations": "运营"},
        fields={"amount": "金额", "tier": "级别", "since": "自"},
        values={"tier": {"gold": "黄金", "black": "黑金"}},
    ),
    types=TYPES,
)
LARGE = Comparison("amount", Operator.AT_LEAST, Decimal(50_000))
GOLD = Comparison("tier", Operator.IN, ("gold", "black"))
LATE = Comparison("since", Operator.MORE, "2026-01-01")
SMALL = Comparison("amount", Operator.LESS, Decimal(10))
CONDITIONS = {
    "none": Every(),
    "all": Every((LARGE, GOLD)),
    "any": Either((LARGE, GOLD, LATE)),
    "five": Every((LARGE, GOLD, LATE, SMALL, LARGE)),
    "any in all": Every((LARGE, Either((GOLD, LATE)))),
    "all in any": Either((Every((LARGE, GOLD)), Every((SMALL, LATE)))),
    "three deep": Every((Either((LARGE, Every((GOLD, Either((LATE, SMALL)))))), LATE)),
}
PLAIN = Node("finance", "财务", Approvers.role("finance"))


def saved(graph):
    """The flow that comes back when the page is saved as it was shown."""
    fields = {"form-TOTAL_FORMS": len(graph.nodes), "form-INITIAL_FORMS": len(graph.nodes)}
    shown = NodeFormSet(
        initial=initial_of(graph, VOCABULARY.names), form_kwargs={"vocabulary": VOCABULARY}
    )
    for number, form in enumerate(shown.initial_forms):
        for name in form.fields:
            value = form[name].value()
            value = json.dumps(value) if name == "nested" and isinstance(value, dict) else value
            if value not in (None, "", False):
                fields[f"form-{number}-{name}"] = value
    posted = NodeFormSet(fields, form_kwargs={"vocabulary": VOCABULARY})
    assert posted.is_valid(), posted.errors
    return from_json(posted.data_of_flow(), TYPES)


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_conditions_nested_or_not(condition):
    graph = Graph((replace(PLAIN, condition=condition), PLAIN))

    assert saved(graph).to_json() == graph.to_json()


@pytest.mark.parametrize("minutes", [1, 7, 30, 50, 59, 61, 480, 1000])
def test_times_to_the_minute(minutes):
    graph = Graph((replace(PLAIN, remind_after=minutes, escalate_after=minutes + 1),))

    assert saved(graph).to_json() == graph.to_json()


@pytest.mark.parametrize(
    "node",
    [
        Node("p", "指定", Approvers.people(1, 3), mode=Mode.ALL),
        Node("s", "会签", Approvers.people(1, 2, 3), mode=Mode.SHARE, share=67),
        Node("u", "上级", Approvers.superior(2)),
        Node("e", "空", Approvers.role("operations"), on_empty=OnEmpty.PERSON, on_empty_ids=(2, 3)),
    ],
    ids=lambda node: node.key,
)
def test_people_modes_and_policies(node):
    graph = Graph((PLAIN, node))

    assert saved(graph).to_json() == graph.to_json()


def test_a_nested_condition_is_shown_in_words():
    graph = Graph((replace(PLAIN, condition=CONDITIONS["any in all"]),))
    (form,) = NodeFormSet(
        initial=initial_of(graph, VOCABULARY.names), form_kwargs={"vocabulary": VOCABULARY}
    ).initial_forms

    assert "50,000" in form.nested_text or "50000" in form.nested_text
    assert "黄金" in form.nested_text
