"""Approvals at DingTalk, over the wire to the sandbox; the clock is that on the wall."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.approvals import dingtalk_rounds as rounds
from apps.approvals import services, tasks
from apps.approvals.dingtalk import forms, path_of
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import ApprovalStatus, Door, TaskStatus
from apps.approvals.models import Approval, Task
from apps.notifications.dingtalk.states import DingtalkDoor, DingtalkInstanceStatus
from apps.notifications.models import DingtalkInstance, Message
from apps.notifications.services import dingtalk
from tests.approvals.dingtalk_desk import at_dingtalk, look, press
from tests.factories.approvals import ask, kind_with
from tests.fixtures.dingtalk import control

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def request_of_two(office):
    """Qian decides, then Li and Sun, both."""
    kind = kind_with(
        Node("boss", "主管", Approvers.superior()),
        Node("books", "会签", Approvers.people(office["li"].pk, office["sun"].pk), mode=Mode.ALL),
    )
    return ask(office["zhao"], kind, now=timezone.now())


def decide(verb, approval, person, **more):
    return verb(approval=approval, actor=person, now=timezone.now(), **more)


def test_starts_an_instance_with_form_and_path(request_of_two, office, dingtalk_server):
    look(request_of_two)

    shown = at_dingtalk(dingtalk_server)[0]
    row = DingtalkInstance.objects.get()
    assert (row.status, row.process_instance_id) == (DingtalkInstanceStatus.STARTED, shown["id"])
    assert shown["originator"] == f"u{office['zhao'].pk}"
    assert f"/admin/approvals/approval/{request_of_two.pk}/change/" in shown["content"]
    assert "100.00" in shown["content"]
    assert [entry["action"] for entry in row.path] == ["NONE", "AND"]


def test_looking_twice_starts_one(request_of_two, dingtalk_server):
    look(request_of_two)
    look(request_of_two)

    assert len(at_dingtalk(dingtalk_server)) == 1


def test_decisions_at_dingtalk_are_decisions_here(request_of_two, office, dingtalk_server):
    look(request_of_two)
    press(dingtalk_server, office["qian"], "AGREE", "可以")
    look(request_of_two)
    press(dingtalk_server, office["li"], "AGREE")
    press(dingtalk_server, office["sun"], "AGREE")
    look(request_of_two)

    decided = Task.objects.filter(approval=request_of_two).order_by("pk")
    assert request_of_two.status == ApprovalStatus.APPROVED
    assert {task.door for task in decided} == {Door.DINGTALK}
    assert decided[0].note == "可以"
    assert decided[0].decided_by == office["qian"]
    assert DingtalkInstance.objects.get().status == DingtalkInstanceStatus.CLOSED


def test_one_on_the_web_and_one_at_dingtalk(request_of_two, office, dingtalk_server):
    look(request_of_two)
    decide(services.approve, request_of_two, office["qian"], note="网页")
    look(request_of_two)
    press(dingtalk_server, office["li"], "AGREE")
    look(request_of_two)
    decide(services.approve, request_of_two, office["sun"])
    look(request_of_two)

    shown = at_dingtalk(dingtalk_server)
    assert request_of_two.status == ApprovalStatus.APPROVED
    assert [(i["status"], i["result"]) for i in shown] == [("COMPLETED", "agree")]
    assert DingtalkInstance.objects.get().status == DingtalkInstanceStatus.CLOSED
    assert not Message.objects.filter(kind="approvals.dingtalk_too_late").exists()


def test_a_refusal_goes_both_ways(office, dingtalk_server):
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    here, there = (ask(office["zhao"], kind, now=timezone.now()) for _ in range(2))
    look(here)
    decide(services.reject, here, office["qian"], note="不行")
    look(here)
    look(there)
    press(dingtalk_server, office["qian"], "REFUSE")
    look(there)

    assert {i["result"] for i in at_dingtalk(dingtalk_server)} == {"refuse"}
    assert here.status == there.status == ApprovalStatus.REJECTED


def test_the_first_decision_wins_and_the_other_person_is_told_once(
    request_of_two, office, dingtalk_server
):
    look(request_of_two)
    decide(services.approve, request_of_two, office["qian"])
    press(dingtalk_server, office["qian"], "REFUSE", "我反对")
    look(request_of_two)
    look(request_of_two)

    told = Message.objects.get(kind="approvals.dingtalk_too_late")
    first = Task.objects.get(approval=request_of_two, assignee=office["qian"])
    assert told.user == office["qian"]
    assert "拒绝" in told.subject
    assert (first.status, first.door) == (TaskStatus.APPROVED, Door.WEB)
    assert request_of_two.status == ApprovalStatus.RUNNING


def test_the_rest_of_the_path_goes_on_in_a_new_instance(request_of_two, office, dingtalk_server):
    """His late refusal ended it at DingTalk; here it runs."""
    look(request_of_two)
    decide(services.approve, request_of_two, office["qian"])
    press(dingtalk_server, office["qian"], "REFUSE")
    look(request_of_two)

    shown = at_dingtalk(dingtalk_server)
    assert [i["result"] for i in shown] == ["refuse", ""]
    assert f"u{office['qian'].pk}" not in shown[1]["approvers"]
    assert list(DingtalkInstance.objects.values_list("round", "status").order_by("round")) == [
        (1, DingtalkInstanceStatus.CLOSED),
        (2, DingtalkInstanceStatus.STARTED),
    ]


def test_a_withdrawn_request_ends_at_dingtalk(request_of_two, office, dingtalk_server):
    look(request_of_two)
    decide(services.withdraw, request_of_two, office["zhao"])
    look(request_of_two)

    assert at_dingtalk(dingtalk_server)[0]["status"] == "TERMINATED"
    assert DingtalkInstance.objects.get().status == DingtalkInstanceStatus.CLOSED


def test_a_task_handed_on_asks_the_new_person(request_of_two, office, dingtalk_server):
    look(request_of_two)
    decide(services.transfer, request_of_two, office["qian"], to=office["li"], note="请处理")
    look(request_of_two)

    old, new = at_dingtalk(dingtalk_server)
    assert old["status"] == "TERMINATED"
    assert f"u{office['li'].pk}" in new["approvers"]


def test_a_lost_finish_is_healed_by_the_poll(request_of_two, office, dingtalk_server):
    look(request_of_two)
    control(dingtalk_server, lose_events=100)
    for name in ("qian", "li", "sun"):
        press(dingtalk_server, office[name], "AGREE")
    now = timezone.now()
    early, late = rounds.due(now=now), rounds.due(now=now + timedelta(minutes=11))

    for instance in late:
        tasks.agree_with_dingtalk(instance_id=instance)

    request_of_two.refresh_from_db()
    assert (early, len(late)) == ([], 1)
    assert request_of_two.status == ApprovalStatus.APPROVED


def test_with_dingtalk_down_everything_works_and_the_row_waits(office, dingtalk_server):
    dingtalk_server.stop()
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    approval = ask(office["zhao"], kind, now=timezone.now())
    look(approval)
    first = DingtalkInstance.objects.get()
    tasks.agree_with_dingtalk(instance_id=first.pk)
    decide(services.approve, approval, office["qian"])
    look(approval)

    row = DingtalkInstance.objects.get()
    pauses = [first.next_attempt_at - first.created_at, row.next_attempt_at - row.created_at]
    assert approval.status == ApprovalStatus.APPROVED
    assert (first.status, first.problem) == (
        DingtalkInstanceStatus.WAITING,
        "notifications.dingtalk_busy",
    )
    assert first.attempts == 1
    assert pauses[0] >= timedelta(seconds=29)
    assert row.status == DingtalkInstanceStatus.CLOSED


def test_pauses_grow(request_of_two, dingtalk_server):
    dingtalk_server.stop()
    look(request_of_two)
    pauses = []
    for _ in range(7):
        row = DingtalkInstance.objects.get()
        at = timezone.now()
        rounds.agree(instance_id=row.pk, now=at)
        row.refresh_from_db()
        pauses.append((row.next_attempt_at - at).total_seconds())

    assert pauses == [60, 120, 240, 480, 600, 600, 600]


@pytest.mark.parametrize("fault", ["drop_after_success", "500_after_success", "malformed"])
def test_a_lost_answer_never_starts_a_second_instance(request_of_two, dingtalk_server, fault):
    path = "/v1.0/workflow/processInstances"
    control(dingtalk_server, fault=fault, action=path)
    look(request_of_two)
    waiting = DingtalkInstance.objects.get().status
    look(request_of_two, seconds=40)

    row = DingtalkInstance.objects.get()
    assert waiting == DingtalkInstanceStatus.WAITING
    assert row.process_instance_id == at_dingtalk(dingtalk_server)[0]["id"]
    assert len(at_dingtalk(dingtalk_server)) == 1


def test_what_dingtalk_refuses_stays_on_the_web(request_of_two, office, dingtalk_server):
    control(dingtalk_server, forms=[{"code": "PROC-1", "name": "退款审批", "fields": ["别的"]}])
    look(request_of_two)

    row = DingtalkInstance.objects.get()
    assert row.status == DingtalkInstanceStatus.FAILED
    assert "formComponent.error" in row.problem
    assert decide(services.approve, request_of_two, office["qian"]).is_running


def test_agreement_that_nobody_gave_by_hand_counts_for_nothing(
    request_of_two, office, dingtalk_server
):
    """DingTalk can agree by itself, for repeated approvers."""
    look(request_of_two)
    press(dingtalk_server, office["qian"], "AGREE")
    dingtalk_server.state.store.execute("UPDATE record SET type = 'EXECUTE_TASK_AUTO'")
    look(request_of_two)

    first = Task.objects.get(approval=request_of_two, assignee=office["qian"])
    assert first.status == TaskStatus.OPEN


def test_a_decision_of_somebody_else_at_dingtalk_is_not_ours(
    request_of_two, office, dingtalk_server
):
    look(request_of_two)
    press(dingtalk_server, office["qian"], "AGREE")
    other = (f"u{office['li'].pk}",)
    store = dingtalk_server.state.store
    store.execute("UPDATE task SET userid = ? WHERE result = 'AGREE'", other)
    store.execute("UPDATE record SET userid = ? WHERE result = 'AGREE'", other)
    look(request_of_two)

    assert not Task.objects.filter(status=TaskStatus.APPROVED).exists()


def test_a_step_that_dingtalk_cannot_show_waits_for_its_turn(
    office, dingtalk_server, dingtalk_settings
):
    """Zhou has no DingTalk; his step is decided on the web, the one after it is shown again."""
    kind = kind_with(
        Node("boss", "主管", Approvers.superior()),
        Node("zhou", "会计", Approvers.people(office["zhou"].pk)),
        Node("sun", "总经理", Approvers.people(office["sun"].pk)),
    )
    approval = ask(office["zhao"], kind, now=timezone.now())
    look(approval)
    press(dingtalk_server, office["qian"], "AGREE")
    look(approval)
    between = path_of(approval, dingtalk_settings)
    decide(services.approve, approval, office["zhou"])
    look(approval)
    press(dingtalk_server, office["sun"], "AGREE")
    look(approval)

    assert between == []
    assert approval.status == ApprovalStatus.APPROVED
    assert [i["result"] for i in at_dingtalk(dingtalk_server)] == ["agree", "agree"]


def test_switched_off_it_is_left_alone_and_catches_up_later(
    request_of_two, office, dingtalk_server, dingtalk_settings
):
    look(request_of_two)
    dingtalk_settings.is_active = False
    dingtalk_settings.save()
    decide(services.withdraw, request_of_two, office["zhao"])
    look(request_of_two)
    later = timezone.now() + timedelta(hours=1)
    meanwhile = at_dingtalk(dingtalk_server)[0]["status"], rounds.due(now=later)
    dingtalk_settings.is_active = True
    dingtalk_settings.save()
    tasks.poll_dingtalk()

    assert meanwhile == ("RUNNING", [])
    assert at_dingtalk(dingtalk_server)[0]["status"] == "TERMINATED"


def test_without_dingtalk_nothing_is_tried(people, platform):
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    look(ask(people["zhao"], kind, now=timezone.now()))

    assert not DingtalkInstance.objects.exists()


def test_requests_of_people_without_dingtalk_are_sent_by_the_one_for_others(
    office, dingtalk_server, dingtalk_settings
):
    kind = kind_with(Node("li", "会计", Approvers.people(office["li"].pk)))
    unseen = ask(office["zhou"], kind, now=timezone.now())
    look(unseen)
    dingtalk_settings.originator_userid = f"u{office['sun'].pk}"
    dingtalk_settings.save()
    look(unseen)

    assert at_dingtalk(dingtalk_server)[0]["originator"] == f"u{office['sun'].pk}"


def test_an_event_makes_us_look_and_proves_nothing_itself(
    request_of_two, dingtalk_server, dingtalk_settings
):
    look(request_of_two)
    row = DingtalkInstance.objects.get()
    tasks.hear_dingtalk(
        settings_id=dingtalk_settings.pk, process_instance_id=row.process_instance_id
    )
    tasks.hear_dingtalk(settings_id=0, process_instance_id=row.process_instance_id)

    assert Approval.objects.get().status == ApprovalStatus.RUNNING


def test_every_kind_has_a_form(office):
    kind_with(Node("boss", "主管", Approvers.superior()))

    form = next(form for form in forms() if form.kind == "tests.refund")
    assert form.fields == ("单号", "标题", "申请人", "金额", "原因", "链接")


def test_moves_and_events_do_all_of_it_by_themselves(
    office, dingtalk_server, dingtalk_settings, django_capture_on_commit_callbacks
):
    kind = kind_with(
        Node("boss", "主管", Approvers.superior()),
        Node("li", "会计", Approvers.people(office["li"].pk)),
    )
    with django_capture_on_commit_callbacks(execute=True):
        approval = ask(office["zhao"], kind, now=timezone.now())
    row = DingtalkInstance.objects.get()
    begun = row.status
    press(dingtalk_server, office["qian"], "AGREE")
    content = {"processInstanceId": row.process_instance_id, "type": "finish"}
    told = dingtalk.Told("bpms_task_change", content, DingtalkDoor.STREAM, "event-1")
    with django_capture_on_commit_callbacks(execute=True):
        dingtalk.receive_event(settings=dingtalk_settings, told=told, now=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        decide(services.approve, approval, office["li"])

    approval.refresh_from_db()
    row.refresh_from_db()
    assert begun == DingtalkInstanceStatus.STARTED
    assert approval.status == ApprovalStatus.APPROVED
    assert Task.objects.get(approval=approval, assignee=office["qian"]).door == Door.DINGTALK
    assert at_dingtalk(dingtalk_server)[0]["result"] == "agree"
    assert row.status == DingtalkInstanceStatus.CLOSED
