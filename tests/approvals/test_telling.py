"""Who hears what of an approval, once."""

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Node, NodeType
from apps.approvals.errors import SubjectIsPending
from apps.approvals.models import Task
from apps.approvals.services import telling
from apps.notifications.models import LiveEvent, Message
from tests.factories.approvals import MONDAY, ask, kind_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """`told(work)` runs `work` and its jobs; (person, kind of message) of all that was told."""

    def run(work) -> list[tuple[str, str]]:
        before = set(Message.objects.values_list("pk", flat=True))
        with django_capture_on_commit_callbacks(execute=True):
            work()
        fresh = Message.objects.exclude(pk__in=before).order_by("pk")
        return sorted((str(m.user), m.kind.removeprefix("approvals.")) for m in fresh)

    return run


@pytest.fixture
def kind(people):
    return kind_with(
        Node("boss", "主管", Approvers.superior()),
        Node("tell", "知会", Approvers.people(people["zhou"].pk), type=NodeType.COPY),
        Node("books", "会计", Approvers.people(people["li"].pk)),
    )


def test_each_hears_when_it_is_his_turn_and_the_applicant_at_the_end(told, kind, people):
    holder = {}

    def submit() -> None:
        holder["approval"] = ask(people["zhao"], kind)

    assert told(submit) == [("钱经理", "task_assigned")]
    approval = holder["approval"]
    assert told(lambda: services.approve(approval=approval, actor=people["qian"], now=MONDAY)) == [
        ("周会计", "copied"),
        ("李会计", "task_assigned"),
    ]
    assert told(
        lambda: services.approve(approval=approval, actor=people["li"], note="可以", now=MONDAY)
    ) == [("赵员工", "finished")]
    last = Message.objects.latest("pk")
    assert last.subject == f"已通过：{approval.title}"
    assert last.link == f"/admin/approvals/approval/{approval.pk}/change/"
    assert "可以" in last.text


def test_sent_back_the_applicant_hears_why(told, kind, people):
    approval = ask(people["zhao"], kind)

    heard = told(
        lambda: services.send_back(
            approval=approval, actor=people["qian"], to_node="applicant", note="缺合同", now=MONDAY
        )
    )

    assert heard == [("赵员工", "returned")]
    assert "缺合同" in Message.objects.latest("pk").text


def test_the_same_event_twice_is_told_once(told, kind, people):
    approval = ask(people["zhao"], kind)
    task = Task.objects.get(approval=approval)

    telling.tell_of_task(task_id=task.pk, now=MONDAY)
    telling.tell_of_task(task_id=task.pk, now=MONDAY)

    assert Message.objects.filter(user=people["qian"]).count() == 1


def test_a_comment_reaches_the_others(told, kind, people):
    approval = ask(people["zhao"], kind)

    heard = told(
        lambda: services.comment(
            approval=approval, actor=people["qian"], text="合同呢？", now=MONDAY
        )
    )

    assert heard == [("赵员工", "commented")]


def test_urging_reaches_whose_turn_it_is(told, kind, people):
    approval = ask(people["zhao"], kind)

    heard = told(lambda: services.urge(approval=approval, actor=people["zhao"], now=MONDAY))

    assert heard == [("钱经理", "task_urged")]


def test_a_held_outcome_reaches_who_can_repeat_it(told, kind, people, boss):
    kind.problem = SubjectIsPending(number="X")
    approval = ask(people["zhao"], kind)
    services.approve(approval=approval, actor=people["qian"], now=MONDAY)

    heard = told(lambda: services.approve(approval=approval, actor=people["li"], now=MONDAY))

    assert heard == [(str(boss), "effect_held"), ("赵员工", "finished")]


def test_open_pages_learn_of_it(told, kind, people):
    approval = ask(people["zhao"], kind)

    told(lambda: services.approve(approval=approval, actor=people["qian"], now=MONDAY))

    event = LiveEvent.objects.filter(topic="approval").latest("pk")
    assert event.data == {"id": approval.pk, "status": "running"}
