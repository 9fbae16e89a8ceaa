"""The engine alone: no database, no Django."""

from decimal import Decimal
from itertools import product

import pytest

from apps.approvals.engine.conditions import (
    Comparison,
    Operator,
    ValueType,
    parse,
)
from apps.approvals.engine.graph import (
    Approvers,
    Graph,
    GraphIsMalformed,
    Mode,
    Node,
    NodeType,
    OnEmpty,
    OnRepeat,
    OnSelf,
    complaints_of,
    from_json,
)
from apps.approvals.engine.path import Outcome, Person, Request, resolve

TYPES = {"amount": ValueType.NUMBER, "tier": ValueType.TEXT, "day": ValueType.DATE}
A, B, C, BOSS, ADMIN, GONE = 1, 2, 3, 8, 9, 7


class Office:
    """A asks; his superior is B, hers is BOSS; the head of A's department is C; GONE has left."""

    names = {A: "A", B: "B", C: "C", BOSS: "Boss", ADMIN: "Admin", GONE: "Gone"}
    superiors = {A: B, B: BOSS, C: BOSS, GONE: C}
    heads = {1: C, 2: BOSS}
    roles = {"finance": [B, C], "nobody": [], "asker": [A], "askers": [A, C]}

    def __init__(self, administrators=(ADMIN,)):
        self.admins = administrators

    def person(self, person_id):
        name = self.names.get(person_id)
        return Person(person_id, name, person_id != GONE) if name else None

    def with_roles(self, codes):
        return [self.person(p) for code in codes for p in self.roles[code]]

    def department_head(self, level):
        return self.person(self.heads.get(level))

    def superior(self, person_id):
        return self.person(self.superiors.get(person_id))

    def administrators(self):
        return [self.person(p) for p in self.admins]


def path(*nodes, facts=None, office=None, **request):
    asked = Request(facts=facts or {}, applicant=A, **request)
    return resolve(Graph(nodes), asked, office or Office()).nodes


def ids(step):
    return [person.id for person in step.people]


def codes(step):
    return [reason.code for reason in step.reasons]


# --- graphs --------------------------------------------------------------------------------------


def test_a_graph_survives_json():
    graph = Graph(
        (
            Node(
                "head",
                "部门主管",
                Approvers.department_head(2),
                condition=parse({"field": "amount", "op": ">", "value": "1"}, TYPES),
                mode=Mode.SHARE,
                share=60,
                on_empty=OnEmpty.PERSON,
                on_empty_ids=(3,),
                on_self=OnSelf.SKIP,
                on_repeat=OnRepeat.EVERY,
            ),
            Node("tell", "抄送", Approvers.people(4, 5), type=NodeType.COPY),
        )
    )

    assert from_json(graph.to_json(), TYPES) == graph


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"nodes": "all"},
        {"nodes": [1]},
        {"nodes": [{"key": "a"}]},
        {"nodes": [{"key": "a", "name": "A", "approvers": {"by": "magic"}}]},
        {"nodes": [{"key": "a", "name": "A", "approvers": {"by": "person", "ids": ["1"]}}]},
        {"nodes": [{"key": "a", "name": "A", "approvers": {"by": "person"}, "evil": 1}]},
    ],
)
def test_what_is_no_graph_is_refused_with_complaints(data):
    with pytest.raises(GraphIsMalformed) as refused:
        from_json(data, TYPES)

    assert refused.value.complaints


GOOD = Node("a", "A", Approvers.superior())
FAULTS = {
    "nobody_approves": [Node("a", "A", Approvers.superior(), type=NodeType.COPY)],
    "key_twice": [GOOD, GOOD],
    "key_missing": [GOOD, Node("applicant", "B", Approvers.superior())],
    "name_missing": [Node("a", " ", Approvers.superior())],
    "approvers_missing": [Node("a", "A", Approvers.people())],
    "level_out_of_range": [Node("a", "A", Approvers.superior(0))],
    "share_out_of_range": [Node("a", "A", Approvers.superior(), mode=Mode.SHARE, share=0)],
    "stand_in_missing": [Node("a", "A", Approvers.superior(), on_empty=OnEmpty.PERSON)],
    "times_out_of_range": [
        Node("a", "A", Approvers.superior(), remind_after=960, escalate_after=480)
    ],
    "field_unknown": [
        GOOD,
        Node("b", "B", Approvers.superior(), condition=Comparison("ghost", Operator.EQUAL, "1")),
    ],
    "passes_by_itself": [Node("a", "A", Approvers.superior(), on_empty=OnEmpty.AUTOMATIC)],
    "nobody_approves_unconditionally": [
        Node(
            "a",
            "A",
            Approvers.superior(),
            condition=Comparison("amount", Operator.MORE, Decimal(1)),
        )
    ],
}


@pytest.mark.parametrize("code", FAULTS)
def test_each_fault_of_a_flow_of_money_is_found(code):
    found = complaints_of(Graph(tuple(FAULTS[code])), types=TYPES, involves_money=True)

    assert code in {complaint.code for complaint in found}


def test_a_sound_flow_has_no_faults():
    assert complaints_of(Graph((GOOD,)), types=TYPES, involves_money=True) == []


@pytest.mark.parametrize("code", ["passes_by_itself", "nobody_approves_unconditionally"])
def test_without_money_a_flow_may_pass_by_itself(code):
    assert complaints_of(Graph(tuple(FAULTS[code])), types=TYPES, involves_money=False) == []


# --- paths ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("approvers", "expected", "reason"),
    [
        (Approvers.people(C, B), [C, B], "always"),
        (Approvers.role("finance"), [B, C], "by_role"),
        (Approvers.department_head(), [C], "by_department_head"),
        (Approvers.department_head(2), [BOSS], "by_department_head"),
        (Approvers.superior(), [B], "by_superior"),
        (Approvers.superior(2), [BOSS], "by_superior"),
        (Approvers.chosen(), [C], "chosen"),
        (Approvers.chosen(C), [C], "chosen"),
    ],
)
def test_who_is_asked(approvers, expected, reason):
    (step,) = path(Node("n", "N", approvers), chosen={"n": [C]})

    assert (step.outcome, ids(step)) == (Outcome.ASKED, expected)
    assert reason in codes(step)


def test_the_applicant_chooses_among_the_candidates_only():
    (step,) = path(Node("n", "N", Approvers.chosen(B)), chosen={"n": [C]})

    assert ids(step) == [ADMIN]
    assert codes(step) == ["always", "nobody_chosen", "empty_administrator"]


def test_for_a_leaver_his_superior_is_asked():
    (step,) = path(Node("n", "N", Approvers.people(GONE)))

    assert (ids(step), codes(step)) == ([C], ["always", "leaver_replaced"])


@pytest.mark.parametrize(
    ("amount", "outcome", "reason"),
    [
        (Decimal("50000"), Outcome.ASKED, "condition_met"),
        (Decimal("49999.99"), Outcome.SKIPPED, "condition_not_met"),
        (None, Outcome.ASKED, "condition_unknown"),
    ],
)
def test_a_condition_decides_and_the_unknown_never_skips(amount, outcome, reason):
    big = Comparison("amount", Operator.AT_LEAST, Decimal("50000"))

    step, _last = path(
        Node("n", "N", Approvers.superior(), condition=big),
        Node("m", "M", Approvers.people(C)),
        facts={"amount": amount},
    )

    assert (step.outcome, codes(step)[0]) == (outcome, reason)


# Nobody is there × the policy × whether money is at stake.
EMPTY = {
    (OnEmpty.AUTOMATIC, False): (Outcome.SKIPPED, [], "passed_empty"),
    (OnEmpty.AUTOMATIC, True): (Outcome.ASKED, [ADMIN], "never_automatic"),
    (OnEmpty.PERSON, False): (Outcome.ASKED, [C], "empty_person"),
    (OnEmpty.PERSON, True): (Outcome.ASKED, [C], "empty_person"),
    (OnEmpty.ADMINISTRATOR, False): (Outcome.ASKED, [ADMIN], "empty_administrator"),
    (OnEmpty.ADMINISTRATOR, True): (Outcome.ASKED, [ADMIN], "empty_administrator"),
    (OnEmpty.REJECT, False): (Outcome.REJECTED, [], "rejected_empty"),
    (OnEmpty.REJECT, True): (Outcome.REJECTED, [], "rejected_empty"),
}


@pytest.mark.parametrize(("policy", "money"), list(product(OnEmpty, [False, True])))
def test_each_policy_for_an_empty_step(policy, money):
    node = Node("n", "N", Approvers.role("nobody"), on_empty=policy, on_empty_ids=(C,))

    (step,) = path(node, involves_money=money)

    expected = EMPTY[policy, money]
    assert (step.outcome, ids(step), codes(step)[-1]) == expected


def test_without_anybody_at_all_the_step_is_stuck():
    (step,) = path(Node("n", "N", Approvers.role("nobody")), office=Office(administrators=()))

    assert (step.outcome, codes(step)[-1]) == (Outcome.STUCK, "stuck")


# The applicant himself × the policy × whether others are asked × money; first of two steps.
HIMSELF = {
    (OnSelf.SKIP, False, False): (Outcome.SKIPPED, []),
    (OnSelf.SKIP, False, True): (Outcome.ASKED, [ADMIN]),
    (OnSelf.SKIP, True, False): (Outcome.ASKED, [C]),
    (OnSelf.SKIP, True, True): (Outcome.ASKED, [C]),
    (OnSelf.SUPERIOR, False, False): (Outcome.ASKED, [B]),
    (OnSelf.SUPERIOR, False, True): (Outcome.ASKED, [B]),
    (OnSelf.SUPERIOR, True, False): (Outcome.ASKED, [C, B]),
    (OnSelf.SUPERIOR, True, True): (Outcome.ASKED, [C, B]),
    (OnSelf.ALLOW, False, False): (Outcome.ASKED, [A]),
    (OnSelf.ALLOW, False, True): (Outcome.ASKED, [A]),
    (OnSelf.ALLOW, True, False): (Outcome.ASKED, [A, C]),
    (OnSelf.ALLOW, True, True): (Outcome.ASKED, [A, C]),
}


@pytest.mark.parametrize(
    ("policy", "others", "money"), list(product(OnSelf, [False, True], [False, True]))
)
def test_each_policy_for_the_applicant_himself(policy, others, money):
    role = "askers" if others else "asker"
    node = Node("n", "N", Approvers.role(role), on_self=policy)

    step, _last = path(node, Node("m", "M", Approvers.people(BOSS)), involves_money=money)

    assert (step.outcome, ids(step)) == HIMSELF[policy, others, money]


@pytest.mark.parametrize(
    ("people", "barred", "expected"),
    [
        ((B, C), {B}, [C]),
        ((B,), {B}, [BOSS]),
        ((B,), {B, BOSS}, [ADMIN]),
        ((A, C), set(), [C]),
    ],
)
def test_who_is_barred_is_not_asked_last(people, barred, expected):
    node = Node("n", "N", Approvers.people(*people), on_self=OnSelf.ALLOW)

    first, last = path(node, node, barred=frozenset(barred))

    assert ids(first) == list(people)
    assert (ids(last), codes(last)[-1]) in (
        (expected, "barred_left_out"),
        (expected, "asked_before"),
    )


@pytest.mark.parametrize(
    ("policy", "again"),
    [(OnRepeat.FIRST, [False, False, True]), (OnRepeat.CONSECUTIVE, [False, False, False])],
)
def test_repeats_are_foreseen(policy, again):
    nodes = [
        Node(f"n{i}", "N", Approvers.people(person), on_repeat=policy)
        for i, person in enumerate((B, C, B))
    ]

    assert ["asked_before" in codes(step) for step in path(*nodes)] == again


def test_a_copy_goes_to_everybody_but_the_applicant():
    step, _last = path(
        Node("c", "C", Approvers.people(A, C), type=NodeType.COPY),
        Node("n", "N", Approvers.superior()),
    )

    assert (step.outcome, ids(step)) == (Outcome.COPIED, [C])
