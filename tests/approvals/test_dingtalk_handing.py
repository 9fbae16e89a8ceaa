"""Handed on at DingTalk: followed here, or told; and how a task reaches its approver there."""

import pytest
from django.utils import timezone

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import ApprovalStatus, Door
from apps.approvals.models import Task
from apps.approvals.services import telling
from apps.notifications.models import DingtalkUser, Message
from apps.notifications.services import deliver_due
from tests.approvals.dingtalk_desk import at_dingtalk, look, press
from tests.factories.approvals import ask, kind_with
from tests.fixtures.dingtalk import control

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def asked(office):
    kind = kind_with(Node("boss", "主管", Approvers.people(office["qian"].pk)))
    return ask(office["zhao"], kind, now=timezone.now())


def hand_on(server, giver, taker, remark=""):
    task = server.state.store.row(
        "SELECT id FROM task WHERE userid = ? AND status = 'RUNNING' ORDER BY id DESC", (giver,)
    )
    server.state.redirect(task["id"], giver, taker, remark)


def u(person):
    return f"u{person.pk}"


def lost():
    return Message.objects.filter(kind="approvals.dingtalk_transfer_lost")


def test_is_a_transfer_here(asked, office, dingtalk_server):
    look(asked)
    hand_on(dingtalk_server, u(office["qian"]), u(office["li"]), "请李会计看")
    look(asked)
    look(asked)

    act = asked.acts.get(verb="transfer")
    assert (act.actor, act.door, act.note) == (office["qian"], Door.DINGTALK, "请李会计看")
    assert Task.objects.open().get(approval=asked).assignee == office["li"]
    (only,) = at_dingtalk(dingtalk_server)  # the same instance goes on
    assert only["status"] == "RUNNING"

    press(dingtalk_server, office["li"], "AGREE", "可以")
    look(asked)

    assert asked.status == ApprovalStatus.APPROVED
    assert not lost().exists()


def test_and_decided_before_anybody_looked(asked, office, dingtalk_server):
    look(asked)
    hand_on(dingtalk_server, u(office["qian"]), u(office["li"]))
    hand_on(dingtalk_server, u(office["li"]), u(office["sun"]))
    press(dingtalk_server, office["sun"], "REFUSE", "不行")
    look(asked)

    assert asked.status == ApprovalStatus.REJECTED
    handed = asked.acts.filter(verb="transfer").order_by("pk")
    assert [act.actor for act in handed] == [office["qian"], office["li"]]


def test_to_somebody_unknown_the_administrators_hear_of_it(
    asked,
    office,
    dingtalk_server,
):
    control(dingtalk_server, people=[{"userid": "outsider", "name": "外人"}])
    look(asked)
    hand_on(dingtalk_server, u(office["qian"]), "outsider")
    look(asked)
    look(asked)

    assert not asked.acts.filter(verb="transfer").exists()
    assert Task.objects.open().get(approval=asked).assignee == office["qian"]
    assert office["wu"] in [message.user for message in lost()]
    assert lost().filter(user=office["wu"]).count() == 1
    old, new = at_dingtalk(dingtalk_server)  # asked again
    assert (old["status"], new["status"]) == ("TERMINATED", "RUNNING")


def test_to_the_applicant_it_is_not_followed(asked, office, dingtalk_server):
    look(asked)
    hand_on(dingtalk_server, u(office["qian"]), u(office["zhao"]))
    press(dingtalk_server, office["zhao"], "AGREE")
    look(asked)

    assert asked.status == ApprovalStatus.RUNNING
    assert lost().filter(user=office["wu"]).exists()


def test_too_late_it_matters_to_nobody(asked, office, dingtalk_server):
    look(asked)
    hand_on(dingtalk_server, u(office["qian"]), u(office["li"]))
    services.approve(approval=asked, actor=office["qian"], now=timezone.now())
    look(asked)

    assert asked.status == ApprovalStatus.APPROVED
    assert not lost().exists()
    assert not asked.acts.filter(verb="transfer").exists()


def test_two_at_once_nobody_can_tell_apart(office, dingtalk_server):
    people = Approvers.people(office["qian"].pk, office["sun"].pk)
    control(dingtalk_server, people=[{"userid": "one"}, {"userid": "two"}])
    approval = ask(office["zhao"], kind_with(Node("b", "会签", people, mode=Mode.ALL)))
    look(approval)
    hand_on(dingtalk_server, u(office["qian"]), "one")
    hand_on(dingtalk_server, u(office["sun"]), "two")
    look(approval)

    assert not approval.acts.filter(verb="transfer").exists()
    assert lost().filter(user=office["wu"]).exists()


def test_a_task_reaches_its_approver_as_a_card(asked, office, dingtalk_server):
    assert DingtalkUser.objects.filter(user=office["qian"]).exists()
    task = Task.objects.open().get(approval=asked)
    telling.tell_of_task(task_id=task.pk, now=timezone.now())
    deliver_due(now=timezone.now())

    (card,) = dingtalk_server.state.messages(u(office["qian"]))
    assert card["kind"] == "card"
    assert card["url"].endswith(f"/admin/approvals/approval/{asked.pk}/change/")
    assert asked.title in card["title"]
