"""Who decides next: modes, handing on, adding, sending back."""

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node, NodeType
from apps.approvals.enums import ApprovalStatus, StepStatus, TaskStatus
from apps.approvals.errors import (
    AlreadyAnApprover,
    NodeIsUnknown,
    NoteIsMissing,
    NotSentBack,
    NotTheApplicant,
    NotTheApprover,
    PersonDoesNotFit,
    TaskIsClosed,
    UrgedRecently,
)
from apps.approvals.models import Act, Copy, Task
from apps.approvals.selectors import decision
from apps.core.errors import Forbidden, NotFound
from tests.approvals.reading import status_of, waits_for
from tests.factories.approvals import MONDAY, ask, kind_with
from tests.factories.rbac import StaffFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel(people):
    """`panel(mode)` is an approval before Li, Zhou and Sun."""

    def make(mode: Mode, share: int = 100):
        ids = [people[name].pk for name in ("li", "zhou", "sun")]
        kind = kind_with(Node("panel", "评审", Approvers.people(*ids), mode=mode, share=share))
        return ask(people["zhao"], kind)

    return make


def test_everybody_must_agree(panel, agree):
    approval = panel(Mode.ALL)

    assert waits_for(approval) == ["李会计", "周会计", "孙总"]
    agree(approval, "zhou")
    agree(approval, "sun")
    assert waits_for(approval) == ["李会计"]
    agree(approval, "li")
    assert status_of(approval) == ApprovalStatus.APPROVED


def test_a_share_is_enough_and_the_rest_is_not_asked_any_more(panel, agree, people):
    approval = panel(Mode.SHARE, share=60)

    agree(approval, "zhou")
    services.reject(approval=approval, actor=people["li"], note="不", now=MONDAY)
    assert waits_for(approval) == ["孙总"]
    agree(approval, "sun")

    assert status_of(approval) == ApprovalStatus.APPROVED


def test_a_share_that_cannot_be_reached_rejects(panel, people):
    approval = panel(Mode.SHARE, share=60)

    for name in ("li", "zhou"):
        services.reject(approval=approval, actor=people[name], note="不", now=MONDAY)

    assert status_of(approval) == ApprovalStatus.REJECTED
    assert Task.objects.get(assignee=people["sun"]).status == TaskStatus.CANCELLED


def test_the_first_of_several_decides(panel, agree, people):
    approval = panel(Mode.ANY)

    agree(approval, "sun")

    assert status_of(approval) == ApprovalStatus.APPROVED
    cancelled = Task.objects.filter(approval=approval, status=TaskStatus.CANCELLED)
    assert {str(task.assignee) for task in cancelled} == {"李会计", "周会计"}


def test_who_comes_second_is_told(people, agree):
    kind = kind_with(
        Node("any", "或签", Approvers.people(people["li"].pk, people["zhou"].pk), mode=Mode.ANY),
        Node("last", "终审", Approvers.people(people["sun"].pk)),
    )
    approval = ask(people["zhao"], kind)
    agree(approval, "li")

    with pytest.raises(TaskIsClosed):
        agree(approval, "zhou")

    assert waits_for(approval) == ["孙总"]


def test_one_after_another(panel, agree):
    approval = panel(Mode.SEQUENCE)

    assert waits_for(approval) == ["李会计"]
    agree(approval, "li")
    assert waits_for(approval) == ["周会计"]
    agree(approval, "zhou")
    agree(approval, "sun")
    assert status_of(approval) == ApprovalStatus.APPROVED


def test_nobody_decides_out_of_turn(panel, people):
    approval = panel(Mode.SEQUENCE)

    with pytest.raises(TaskIsClosed):
        services.approve(approval=approval, actor=people["sun"], now=MONDAY)

    assert waits_for(approval) == ["李会计"]


def test_handed_on_the_other_decides(panel, agree, people):
    approval = panel(Mode.ALL)

    services.transfer(
        approval=approval, actor=people["li"], to=people["qian"], note="出差", now=MONDAY
    )

    assert waits_for(approval) == ["钱经理", "周会计", "孙总"]
    with pytest.raises(TaskIsClosed):
        agree(approval, "li")
    for name in ("qian", "zhou", "sun"):
        agree(approval, name)
    assert status_of(approval) == ApprovalStatus.APPROVED


@pytest.mark.parametrize(
    ("who", "error"),
    [("zhou", AlreadyAnApprover), ("zhao", PersonDoesNotFit), ("nobody", PersonDoesNotFit)],
)
@pytest.mark.parametrize("verb", ["transfer", "before", "after"])
def test_only_to_somebody_who_can_decide_and_is_not_asked_yet(
    verb, who, error, panel, people, platform
):
    approval = panel(Mode.ALL)
    person = people.get(who) or StaffFactory(tenant=platform)
    before = list(Task.objects.order_by("pk").values_list())

    by = {"approval": approval, "actor": people["li"], "now": MONDAY}
    acts = {
        "transfer": lambda: services.transfer(**by, to=person),
        "before": lambda: services.add_approver(**by, who=person, where="before"),
        "after": lambda: services.add_approver(**by, who=person, where="after"),
    }
    with pytest.raises(error):
        acts[verb]()

    assert list(Task.objects.order_by("pk").values_list()) == before


def test_added_before_he_decides_first_and_it_comes_back(panel, agree, people):
    approval = panel(Mode.ANY)

    services.add_approver(
        approval=approval, actor=people["li"], who=people["qian"], where="before", now=MONDAY
    )

    assert waits_for(approval) == ["钱经理", "周会计", "孙总"]
    agree(approval, "qian")
    assert waits_for(approval) == ["李会计", "周会计", "孙总"]
    agree(approval, "li")
    assert status_of(approval) == ApprovalStatus.APPROVED


def test_added_after_he_decides_next(panel, agree, people):
    approval = panel(Mode.SEQUENCE)

    services.add_approver(
        approval=approval, actor=people["li"], who=people["qian"], where="after", now=MONDAY
    )

    assert waits_for(approval) == ["钱经理"]
    agree(approval, "qian")
    assert waits_for(approval) == ["周会计"]
    verbs = Act.objects.filter(approval=approval).values_list("verb", flat=True)
    assert list(verbs) == ["submit", "approve", "add_after", "approve"]


def test_the_added_one_may_reject(panel, people):
    approval = panel(Mode.ANY)
    services.add_approver(
        approval=approval, actor=people["li"], who=people["qian"], where="after", now=MONDAY
    )

    services.reject(approval=approval, actor=people["qian"], note="不", now=MONDAY)

    assert status_of(approval) == ApprovalStatus.REJECTED


# --- sent back -----------------------------------------------------------------------------------


@pytest.fixture
def three(people):
    """An approval before Qian, then Li, then Sun; the first two have agreed."""
    kind = kind_with(
        Node("boss", "主管", Approvers.people(people["qian"].pk)),
        Node("books", "会计", Approvers.people(people["li"].pk)),
        Node("top", "总经理", Approvers.people(people["sun"].pk)),
    )
    approval = ask(people["zhao"], kind)
    services.approve(approval=approval, actor=people["qian"], now=MONDAY)
    services.approve(approval=approval, actor=people["li"], now=MONDAY)
    return approval


def test_sent_back_to_a_node_all_from_there_decide_again(three, agree, people):
    services.send_back(
        approval=three, actor=people["sun"], to_node="books", note="再核", now=MONDAY
    )

    assert waits_for(three) == ["李会计"]
    agree(three, "li")
    assert waits_for(three) == ["孙总"]
    agree(three, "sun")
    assert status_of(three) == ApprovalStatus.APPROVED
    assert three.round == 2
    live = [(s.node_key, s.status) for s in three.steps.live()]
    assert live == [(key, StepStatus.APPROVED) for key in ("boss", "books", "top")]


def test_sent_back_to_the_applicant_he_changes_it_and_everybody_decides_again(three, agree, people):
    services.send_back(
        approval=three, actor=people["sun"], to_node="applicant", note="金额不对", now=MONDAY
    )
    assert waits_for(three) == ["赵员工"]
    with pytest.raises(TaskIsClosed):
        agree(three, "sun")
    hash_before = three.form_hash

    services.resubmit(approval=three, actor=people["zhao"], form={"amount": "80.00"}, now=MONDAY)

    three.refresh_from_db()
    assert three.form == {"amount": "80.00"}
    assert three.form_hash != hash_before
    assert waits_for(three) == ["钱经理"]
    for name in ("qian", "li", "sun"):
        agree(three, name)
    assert status_of(three) == ApprovalStatus.APPROVED


def test_the_applicant_cannot_approve_what_came_back_to_him(three, people):
    services.send_back(
        approval=three, actor=people["sun"], to_node="applicant", note="不对", now=MONDAY
    )

    with pytest.raises(NotTheApprover):
        services.approve(approval=three, actor=people["zhao"], now=MONDAY)


@pytest.mark.parametrize("node", ["top", "ghost", "second-person"])
def test_it_only_goes_back_to_where_it_was(node, three, people):
    with pytest.raises(NodeIsUnknown):
        services.send_back(approval=three, actor=people["sun"], to_node=node, note="不", now=MONDAY)

    assert waits_for(three) == ["孙总"]


@pytest.mark.parametrize("verb", ["reject", "send_back"])
def test_no_needs_a_reason(verb, three, people):
    by = {"approval": three, "actor": people["sun"], "now": MONDAY, "note": "  "}
    acts = {
        "reject": lambda: services.reject(**by),
        "send_back": lambda: services.send_back(**by, to_node="boss"),
    }

    with pytest.raises(NoteIsMissing):
        acts[verb]()

    assert waits_for(three) == ["孙总"]


def test_what_was_not_sent_back_is_not_handed_in_again(three, people):
    with pytest.raises(NotSentBack):
        services.resubmit(approval=three, actor=people["zhao"], now=MONDAY)


# --- who may -------------------------------------------------------------------------------------


def test_a_stranger_does_not_learn_of_it(three, stranger):
    with pytest.raises(NotFound):
        services.approve(approval=three, actor=stranger, now=MONDAY)


def test_a_colleague_who_sees_it_cannot_decide(three, boss):
    with pytest.raises(NotTheApprover):
        services.approve(approval=three, actor=boss, now=MONDAY)

    assert waits_for(three) == ["孙总"]


def test_without_the_permission_an_open_task_is_not_enough(three, people):
    people["sun"].user_roles.all().delete()
    people["sun"].__dict__.pop("grants", None)

    with pytest.raises(Forbidden):
        services.approve(approval=three, actor=people["sun"], now=MONDAY)


@pytest.mark.parametrize("verb", ["withdraw", "urge", "resubmit"])
def test_only_the_applicant(verb, three, boss):
    with pytest.raises(NotTheApplicant):
        getattr(services, verb)(approval=three, actor=boss, now=MONDAY)

    assert status_of(three) == ApprovalStatus.RUNNING


def test_urging_again_has_to_wait(three, people):
    services.urge(approval=three, actor=people["zhao"], now=MONDAY)

    with pytest.raises(UrgedRecently) as refused:
        services.urge(approval=three, actor=people["zhao"], now=MONDAY.replace(hour=10))

    assert "11:00" in str(refused.value)
    services.urge(approval=three, actor=people["zhao"], now=MONDAY.replace(hour=11))


def test_a_copied_colleague_may_read_and_is_copied_once(three, people, platform):
    reader = StaffFactory(tenant=platform)

    for _ in range(2):
        services.copy_to(approval=three, actor=people["zhao"], users=[reader], now=MONDAY)

    assert Copy.objects.filter(approval=three, user=reader).count() == 1
    services.comment(approval=three, actor=reader, text="收到", now=MONDAY)
    assert services.mark_read(approval=three, user=reader, now=MONDAY) is True


def test_a_copy_node_tells_and_goes_on(people):
    kind = kind_with(
        Node("tell", "知会", Approvers.people(people["zhou"].pk), type=NodeType.COPY),
        Node("books", "会计", Approvers.people(people["li"].pk)),
    )

    approval = ask(people["zhao"], kind)

    assert list(approval.copies.values_list("user__display_name", flat=True)) == ["周会计"]
    assert waits_for(approval) == ["李会计"]


def test_the_page_shows_the_path_with_reasons(three, people):
    page = decision(three, people["sun"], now=MONDAY)

    assert [(step.name, step.status) for step in page.steps] == [
        ("主管", "approved"),
        ("会计", "approved"),
        ("总经理", "open"),
    ]
    assert [target.node_key for target in page.targets] == ["applicant", "boss", "books"]
    assert page.my_task is not None
    assert [person.name for person in page.steps[2].people] == ["孙总"]
    assert page.card.facts[0].value == 100
