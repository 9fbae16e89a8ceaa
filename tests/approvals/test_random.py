"""Random flows, random people, random acts: it always ends, no required step is skipped, and who
is barred never approves last."""

import random
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from apps.approvals import kinds, services
from apps.approvals.engine.conditions import Comparison, Operator
from apps.approvals.engine.graph import (
    Approvers,
    Mode,
    Node,
    NodeType,
    OnEmpty,
    OnRepeat,
    OnSelf,
)
from apps.approvals.enums import ApprovalStatus, ApprovalVerb, StepStatus, TaskStatus
from apps.approvals.errors import ChoiceIsMissing
from apps.approvals.models import Act, Approval, Task
from apps.approvals.models.approvals import APPLICANT
from apps.approvals.selectors import is_chain_whole
from apps.core import events
from apps.core.errors import DomainError
from apps.rbac.models import User
from tests.factories.approvals import MONDAY, Leave, Refund, ask, kind_with

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MISCHIEF = 12  # acts before everybody simply agrees
_examples = count()
NAMES = ["zhao", "qian", "sun", "li", "zhou", "wu"]


@pytest.fixture(autouse=True)
def _jobs_are_lost(monkeypatch) -> None:
    monkeypatch.setattr(events, "_deliver_soon", [])


@st.composite
def approvers(draw):
    match draw(st.sampled_from(["people", "superior", "role", "head"])):
        case "people":
            return ("people", tuple(draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=3))))
        case "superior":
            return ("superior", draw(st.integers(1, 3)))
        case "role":
            return ("role", draw(st.sampled_from(["support", "finance", "administrator"])))
        case _:
            return ("head", 1)


@st.composite
def nodes(draw, number: int, money: bool):
    empties = [o for o in OnEmpty if o is not OnEmpty.PERSON]
    if money:
        empties.remove(OnEmpty.AUTOMATIC)
    bound = draw(st.sampled_from([None, "50", "500"])) if number else None
    return {
        "key": f"n{number}",
        "name": f"N{number}",
        "approvers": draw(approvers()),
        "type": NodeType.COPY if number and draw(st.integers(0, 5)) == 0 else NodeType.APPROVE,
        "bound": bound,
        "mode": draw(st.sampled_from(list(Mode))),
        "share": draw(st.integers(1, 100)),
        "on_empty": draw(st.sampled_from(empties)),
        "on_self": draw(st.sampled_from(list(OnSelf))),
        "on_repeat": draw(st.sampled_from(list(OnRepeat))),
    }


@st.composite
def scenes(draw):
    money = draw(st.booleans())
    return {
        "money": money,
        "nodes": [draw(nodes(number, money)) for number in range(draw(st.integers(1, 4)))],
        "applicant": draw(st.sampled_from(["zhao", "qian", "li"])),
        "barred": draw(st.sets(st.sampled_from(["qian", "sun", "li", "zhou"]), max_size=3)),
        "seed": draw(st.integers(0, 2**32)),
    }


def built(scene, people) -> Refund:
    return kind_with(
        *(_node(data, people, scene["money"]) for data in scene["nodes"]),
        of=Refund if scene["money"] else Leave,
    )


def _node(data, people, money) -> Node:
    how, what = data["approvers"]
    who = {
        "people": lambda: Approvers.people(*(people[name].pk for name in what)),
        "superior": lambda: Approvers.superior(what),
        "role": lambda: Approvers.role(what),
        "head": Approvers.department_head,
    }[how]()
    rest = {k: v for k, v in data.items() if k not in {"approvers", "bound"}}
    if data["bound"]:
        field = "amount" if money else "days"
        rest["condition"] = Comparison(field, Operator.MORE, Decimal(data["bound"]))
    return Node(**rest, approvers=who)


def mischief(approval: Approval, people, dice: random.Random) -> None:
    """One act of a random person, wise or not; a refusal changes nothing."""
    asked = list(Task.objects.open().filter(approval=approval).values_list("assignee", flat=True))
    anybody = [person.pk for person in people.values()]
    user = User.objects.get(pk=dice.choice(asked if asked and dice.random() < 0.8 else anybody))
    other = dice.choice(list(people.values()))
    by = {"approval": approval, "actor": user, "now": MONDAY + timedelta(hours=1)}
    earlier = list(approval.steps.values_list("node_key", flat=True))
    act = dice.choice(
        [
            lambda: services.approve(**by),
            lambda: services.approve(**by, note="yes"),
            lambda: services.transfer(**by, to=other),
            lambda: services.add_approver(**by, who=other, where=dice.choice(["before", "after"])),
            lambda: services.send_back(
                **by, to_node=dice.choice([*earlier, APPLICANT]), note="again"
            ),
            lambda: services.resubmit(**by),
            lambda: services.urge(**by),
            lambda: services.reject(**by, note="no") if dice.random() < 0.2 else None,
            lambda: services.withdraw(**by) if dice.random() < 0.1 else None,
            lambda: services.move_tasks_of_leaver(user=user, now=MONDAY),
        ]
    )
    try:
        act()
    except DomainError as refused:
        note(f"{user}: {refused}")


def agree_to_the_end(approval: Approval) -> int:
    """Everybody whom it waits for agrees; how many acts it took. Ends within a bound."""
    for number in range(200):
        approval.refresh_from_db()
        if not approval.is_running:
            return number
        task = Task.objects.open().filter(approval=approval).order_by("pk").first()
        assert task is not None, "it runs, and waits for nobody"
        actor = User.objects.get(pk=task.assignee_id)
        by = {"approval": approval, "actor": actor, "now": MONDAY + timedelta(hours=2)}
        if task.step.node_key == APPLICANT:
            services.resubmit(**by)
        else:
            services.approve(**by)
    raise AssertionError("it does not end")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(scene=scenes())
def test_random_flows_and_acts(scene, people):
    kind = built(scene, people)
    kind.barred = {people[name].pk for name in scene["barred"]}
    kind.code = f"tests.random{next(_examples)}"  # a flow of its own
    applicant = people[scene["applicant"]]
    dice = random.Random(scene["seed"])  # noqa: S311  a test
    kinds.register(kind)
    approval = ask(applicant, kind)
    for _ in range(MISCHIEF):
        approval.refresh_from_db()
        mischief(approval, people, dice)

    agree_to_the_end(approval)

    approval.refresh_from_db()
    assert is_chain_whole(approval)
    assert not Task.objects.filter(approval=approval, status__in=["open", "waiting"]).exists()
    if approval.status == ApprovalStatus.APPROVED:
        _assert_sound(approval, kind, applicant)


def _assert_sound(approval: Approval, kind: Refund, applicant: User) -> None:
    barred = kind.barred | {applicant.pk}
    last = Act.objects.filter(
        approval=approval, verb=ApprovalVerb.APPROVE, step__is_live=True
    ).last()
    assert last is not None or not kind.involves_money
    if last is not None:
        assert last.actor_id not in barred
        assert last.on_behalf_of_id not in barred
    live = {step.node_key: step for step in approval.steps.filter(is_live=True)}
    facts = {"amount": Decimal("100.00"), "days": Decimal("3")}
    for node in kind.default_graph.nodes:
        _assert_not_passed_over(node, live[node.key], facts, kind, approval)


def _assert_not_passed_over(node, step, facts, kind, approval) -> None:
    """A step whose condition holds is decided, or skipped for a reason that its policies give."""
    if node.condition.holds(facts) is False:
        assert step.status == StepStatus.SKIPPED
        return
    if node.type is NodeType.COPY:
        assert step.status in (StepStatus.COPIED, StepStatus.SKIPPED)
        return
    if step.status == StepStatus.APPROVED:
        approved = step.tasks.filter(status=TaskStatus.APPROVED).exists()
        assert approved
        return
    assert step.status == StepStatus.SKIPPED
    reasons = {reason["code"] for reason in step.why}
    allowed = set()
    if node.on_repeat is not OnRepeat.EVERY:
        allowed.add("asked_before")
    if not kind.involves_money:
        allowed |= {"passed_empty"} if node.on_empty is OnEmpty.AUTOMATIC else set()
        allowed |= {"skipped_himself"} if node.on_self is OnSelf.SKIP else set()
    assert reasons & allowed, (node, step.why)
    if "asked_before" in reasons:  # somebody of this step really did agree, in this round
        asked = set(step.tasks.filter(status=TaskStatus.SKIPPED).values_list("assignee", flat=True))
        agreed = Act.objects.filter(
            approval=approval, verb=ApprovalVerb.APPROVE, step__is_live=True
        ).values_list("actor", flat=True)
        assert asked & set(agreed)


def test_a_node_chosen_by_the_applicant_must_be_chosen(people):
    kind = kind_with(Node("n", "N", Approvers.chosen()))

    with pytest.raises(ChoiceIsMissing):
        ask(people["zhao"], kind)

    assert Approval.objects.count() == 0
