"""Several jobs, doors and repeats at the same moment, on MariaDB."""

import pytest
from django.db import connections
from django.utils import timezone

from apps.approvals import dingtalk_rounds as rounds
from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Node
from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Act
from apps.core.errors import DomainError
from apps.notifications.models import DingtalkInstance, Message
from tests.factories.approvals import ask, kind_with
from tests.factories.dingtalk import DingtalkProcessFactory, DingtalkUserFactory
from tests.fixtures.dingtalk import control
from tests.support.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def approval(people, dingtalk_server, dingtalk_settings):
    for name in ("zhao", "qian"):
        person = people[name]
        DingtalkUserFactory(settings=dingtalk_settings, user=person, userid=name)
        control(dingtalk_server, people=[{"userid": name, "name": person.display_name}])
    fields = ["单号", "标题", "申请人", "金额", "原因", "链接"]
    control(dingtalk_server, forms=[{"code": "PROC-1", "name": "退款审批", "fields": fields}])
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    made = ask(people["zhao"], kind, now=timezone.now())
    DingtalkProcessFactory(settings=dingtalk_settings, kind="tests.refund")
    return made


def look(approval):
    try:
        instance = rounds.look_at(approval_id=approval.pk, now=timezone.now())
        while instance is not None:
            instance = rounds.agree(instance_id=instance, now=timezone.now())
    finally:
        connections.close_all()


def instances(server):
    return server.state.store.rows("SELECT * FROM instance")


def test_eight_jobs_start_one_instance(approval, dingtalk_server):
    at_once(8, lambda number: look(approval))

    assert len(instances(dingtalk_server)) == 1
    assert DingtalkInstance.objects.count() == 1


@pytest.mark.slow
@pytest.mark.parametrize("repeat", range(10))
def test_both_doors_at_once_make_one_decision(approval, people, dingtalk_server, repeat):
    look(approval)
    qian = people["qian"]

    def on_the_web():
        try:
            services.approve(approval=approval, actor=qian, now=timezone.now())
        except DomainError:
            return
        finally:
            connections.close_all()

    def at_dingtalk():
        dingtalk_server.state.decide(1, "qian", "REFUSE", "不同意")
        look(approval)

    at_once(2, lambda number: (on_the_web, at_dingtalk)[number]())
    look(approval)

    approval.refresh_from_db()
    verbs = list(Act.objects.filter(verb__in=["approve", "reject"]).values_list("verb", flat=True))
    told = Message.objects.filter(kind="approvals.dingtalk_too_late").count()
    won = ApprovalStatus(approval.status)
    assert (verbs, told) == (
        (["approve"], 1) if won == ApprovalStatus.APPROVED else (["reject"], 0)
    )
    assert won in {ApprovalStatus.APPROVED, ApprovalStatus.REJECTED}


def test_a_killed_job_is_followed_once_its_lease_is_over(approval, dingtalk_server):
    instance = rounds.look_at(approval_id=approval.pk, now=timezone.now())
    now = timezone.now()
    assert rounds._claim(instance, now)  # and here it is killed

    rounds.agree(instance_id=instance, now=now)
    early = len(instances(dingtalk_server))
    assert rounds.due(now=now + rounds.LEASE) == [instance]
    rounds.agree(instance_id=instance, now=now + rounds.LEASE)

    assert (early, len(instances(dingtalk_server))) == (0, 1)
