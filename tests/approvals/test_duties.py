"""Who is asked again, and who is never the last (APR-2, APR-3)."""

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Node, OnEmpty, OnRepeat, OnSelf
from apps.approvals.enums import ApprovalStatus, StepStatus
from apps.approvals.errors import PersonDoesNotFit
from tests.approvals.reading import status_of, waits_for
from tests.factories.approvals import MONDAY, Leave, ask, kind_with

pytestmark = pytest.mark.django_db

# --- repeated approvers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        (OnRepeat.FIRST, ["钱经理", "李会计", "孙总"]),
        (OnRepeat.CONSECUTIVE, ["钱经理", "李会计", "钱经理", "孙总"]),
        (OnRepeat.EVERY, ["钱经理", "钱经理", "李会计", "钱经理", "孙总"]),
    ],
)
def test_who_has_agreed_is_asked_again_as_the_policy_says(policy, asked, people, agree):
    order = ["qian", "qian", "li", "qian", "sun"]
    kind = kind_with(
        *(
            Node(f"n{i}", f"N{i}", Approvers.people(people[name].pk), on_repeat=policy)
            for i, name in enumerate(order)
        )
    )
    approval = ask(people["zhao"], kind)
    names = {str(user): name for name, user in people.items()}
    heard = []

    while status_of(approval) == ApprovalStatus.RUNNING:
        (person,) = waits_for(approval)
        heard.append(person)
        agree(approval, names[person])

    assert heard == asked
    skipped = approval.steps.filter(status=StepStatus.SKIPPED)
    assert skipped.count() == len(order) - len(asked)
    assert all(step.why[-1]["code"] == "asked_before" for step in skipped)


# --- segregation of duties (APR-3) ---------------------------------------------------------------


def test_the_payer_out_agrees_but_a_second_person_ends_it(people, agree):
    kind = kind_with(Node("books", "会计", Approvers.people(people["li"].pk)))
    approval = ask(people["zhao"], kind)
    kind.barred = {people["li"].pk}  # became the payer-out after the request was made

    agree(approval, "li")

    assert status_of(approval) == ApprovalStatus.RUNNING
    assert waits_for(approval) == ["孙总"]
    guard = approval.steps.get(node_key="second-person")
    assert guard.why[0]["code"] == "second_person"
    agree(approval, "sun")
    assert status_of(approval) == ApprovalStatus.APPROVED


def test_the_applicant_may_decide_early_but_never_last(people, agree):
    node = Node("n", "N", Approvers.people(people["zhao"].pk), on_self=OnSelf.ALLOW)
    kind = kind_with(Node("first", "F", node.approvers, on_self=OnSelf.ALLOW), node)

    approval = ask(people["zhao"], kind)

    assert waits_for(approval) == ["赵员工"]
    agree(approval, "zhao")
    assert waits_for(approval) == ["钱经理"]


def test_a_stand_in_of_the_barred_does_not_end_it_either(people, agree):
    kind = kind_with(Node("books", "会计", Approvers.people(people["li"].pk)))
    approval = ask(people["zhao"], kind)
    kind.barred = {people["li"].pk}
    services.delegate(
        person=people["li"],
        stand_in=people["zhou"],
        starts_at=MONDAY,
        ends_at=MONDAY.replace(day=18),
        actor=people["li"],
        now=MONDAY,
    )

    agree(approval, "zhou")

    assert status_of(approval) == ApprovalStatus.RUNNING
    assert waits_for(approval) == ["孙总"]


def test_the_second_person_cannot_hand_it_to_somebody_barred(people, agree):
    kind = kind_with(Node("books", "会计", Approvers.people(people["li"].pk)))
    approval = ask(people["zhao"], kind)
    kind.barred = {people["li"].pk, people["zhou"].pk}
    agree(approval, "li")

    with pytest.raises(PersonDoesNotFit):
        services.transfer(approval=approval, actor=people["sun"], to=people["zhou"], now=MONDAY)

    assert waits_for(approval) == ["孙总"]


def test_money_never_passes_by_itself(people, agree):
    """The flow was made before its kind touched money: the run says no as well."""
    kind = kind_with(
        Node("empty", "空", Approvers.role("finance"), on_empty=OnEmpty.AUTOMATIC), of=Leave
    )
    kind.involves_money = False
    passed = ask(people["zhao"], kind)
    kind.involves_money = True

    held = ask(people["zhao"], kind)

    assert status_of(passed) == ApprovalStatus.APPROVED
    assert status_of(held) == ApprovalStatus.RUNNING
    assert waits_for(held) == ["吴管理"]


def test_nobody_there_and_the_flow_refuses(people):
    kind = kind_with(Node("empty", "空", Approvers.role("finance"), on_empty=OnEmpty.REJECT))

    approval = ask(people["zhao"], kind)

    assert status_of(approval) == ApprovalStatus.REJECTED
