"""Absences, leavers, reminders; and who may read (X-7)."""

from datetime import timedelta

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import ApprovalStatus, TaskStatus
from apps.approvals.errors import (
    DelegationIsInvalid,
    DelegationOverlaps,
    NotTheApprover,
    NotTheirDelegation,
    PersonDoesNotFit,
    TaskIsClosed,
)
from apps.approvals.models import Act, Approval, Delegation, Step, Task
from apps.approvals.selectors import decided_by, todo
from apps.core.models import OutboxEvent
from tests.approvals.reading import waits_for
from tests.factories.approvals import MONDAY, Leave, approver, ask, kind_with
from tests.factories.rbac import RoleFactory, StaffFactory, give_role

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def kind(people):
    return kind_with(Node("books", "会计", Approvers.people(people["li"].pk), mode=Mode.ALL))


def away(people, name="li", stand_in="zhou", now=MONDAY, **more) -> Delegation:
    times = {"starts_at": MONDAY, "ends_at": MONDAY + WEEK} | more
    actor = times.pop("actor", people[name])
    return services.delegate(
        person=people[name], stand_in=people[stand_in], actor=actor, now=now, **times
    )


# --- delegation ----------------------------------------------------------------------------------


def test_a_stand_in_decides_and_the_chain_says_for_whom(kind, people):
    approval = ask(people["zhao"], kind)
    away(people)

    assert [t.approval for t in todo(people["zhou"])] == [approval]
    services.approve(approval=approval, actor=people["zhou"], now=MONDAY)

    task = Task.objects.get(approval=approval)
    act = Act.objects.get(approval=approval, verb="approve")
    assert (task.decided_by, task.on_behalf_of) == (people["zhou"], people["li"])
    assert (act.actor, act.on_behalf_of) == (people["zhou"], people["li"])


def test_the_absent_person_may_still_decide(kind, people):
    away(people)
    approval = ask(people["zhao"], kind)

    services.approve(approval=approval, actor=people["li"], now=MONDAY)

    assert Task.objects.get(approval=approval).on_behalf_of is None


@pytest.mark.parametrize("moment", [MONDAY - timedelta(seconds=1), MONDAY + WEEK])
def test_before_and_after_the_absence_he_may_not(moment, kind, people):
    approval = ask(people["zhao"], kind)
    away(people, now=MONDAY - WEEK)
    Task.objects.filter(approval=approval).update(stand_in=people["zhou"])  # the sweep is late

    with pytest.raises(TaskIsClosed):
        services.approve(approval=approval, actor=people["zhou"], now=moment)

    assert waits_for(approval) == ["李会计"]


def test_the_sweep_begins_and_ends_absences(kind, people):
    approval = ask(people["zhao"], kind)
    away(people, now=MONDAY - WEEK)
    task = Task.objects.get(approval=approval)
    assert task.stand_in is None

    assert services.apply_delegations(now=MONDAY) == 1
    task.refresh_from_db()
    assert task.stand_in == people["zhou"]
    assert services.apply_delegations(now=MONDAY) == 0
    assert services.apply_delegations(now=MONDAY + WEEK) == 1
    task.refresh_from_db()
    assert task.stand_in is None


def test_a_delegation_is_for_its_kinds(kind, people):
    other = kind_with(Node("books", "会计", Approvers.people(people["li"].pk)), of=Leave)
    away(people, kinds=[other.code])

    approval = ask(people["zhao"], kind)

    assert Task.objects.get(approval=approval).stand_in is None


def test_the_applicant_never_stands_in_for_his_approver(kind, people):
    away(people, stand_in="zhao")

    approval = ask(people["zhao"], kind)

    assert Task.objects.get(approval=approval).stand_in is None


def test_ended_early_the_right_is_gone(kind, people):
    approval = ask(people["zhao"], kind)
    delegation = away(people)

    services.end_delegation(delegation=delegation, actor=people["li"], now=MONDAY)

    assert list(todo(people["zhou"])) == []
    with pytest.raises(NotTheApprover):
        services.approve(approval=approval, actor=people["zhou"], now=MONDAY)
    assert waits_for(approval) == ["李会计"]


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"stand_in": "li"}, DelegationIsInvalid),
        ({"ends_at": MONDAY}, DelegationIsInvalid),
        ({"starts_at": MONDAY - 2 * WEEK, "ends_at": MONDAY - WEEK}, DelegationIsInvalid),
        ({"stand_in": "guest"}, PersonDoesNotFit),
    ],
)
def test_what_is_no_delegation(more, error, people, platform):
    people["guest"] = StaffFactory(tenant=platform)

    with pytest.raises(error):
        away(people, **more)

    assert Delegation.objects.count() == 0


def test_two_stand_ins_at_once_are_refused_unless_for_other_kinds(people, kind):
    away(people, kinds=[kind.code])

    with pytest.raises(DelegationOverlaps):
        away(people, stand_in="sun")
    away(people, stand_in="sun", starts_at=MONDAY + WEEK, ends_at=MONDAY + 2 * WEEK)

    assert Delegation.objects.count() == 2


def test_only_oneself_or_who_may_for_others(people):
    with pytest.raises(NotTheirDelegation):
        away(people, actor=people["zhou"])

    away(people, actor=people["wu"])

    assert Delegation.objects.get().created_by == people["wu"]


# --- leavers -------------------------------------------------------------------------------------


def leave(user) -> None:
    user.is_active = False
    user.save(update_fields=["is_active"])


def test_a_leavers_tasks_move_to_his_superior_by_themselves(kind, people):
    approval = ask(people["zhao"], kind)
    leave(people["li"])

    assert services.move_tasks_of_leavers(now=MONDAY) == 1

    assert waits_for(approval) == ["孙总"]
    act = Act.objects.get(approval=approval, verb="move")
    assert (act.actor, act.on_behalf_of, act.person) == (None, people["li"], people["sun"])
    assert services.move_tasks_of_leavers(now=MONDAY) == 0


def test_without_a_superior_an_administrator_takes_over(kind, people):
    leave(people["sun"])
    approval = ask(people["zhao"], kind)
    leave(people["li"])

    services.move_tasks_of_leaver(user=people["li"], now=MONDAY)

    assert waits_for(approval) == ["吴管理"]


def test_who_left_before_his_turn_is_replaced_when_it_comes(people):
    kind = kind_with(
        Node("boss", "主管", Approvers.people(people["qian"].pk)),
        Node("books", "会计", Approvers.people(people["li"].pk)),
    )
    approval = ask(people["zhao"], kind)
    leave(people["li"])

    services.approve(approval=approval, actor=people["qian"], now=MONDAY)

    assert waits_for(approval) == ["孙总"]


def test_a_step_without_anybody_gets_the_first_administrator_there_is(people):
    kind = kind_with(Node("books", "会计", Approvers.people(people["li"].pk)))
    approval = ask(people["zhao"], kind)
    step = Step.objects.get(approval=approval)
    Task.objects.filter(approval=approval).delete()

    assert services.move_tasks_of_leavers(now=MONDAY) == 1

    assert waits_for(approval) == ["吴管理"]
    step.refresh_from_db()
    assert step.plan == [people["wu"].pk]


def test_a_leaver_stands_in_for_nobody(kind, people):
    approval = ask(people["zhao"], kind)
    away(people)
    leave(people["zhou"])

    services.move_tasks_of_leaver(user=people["zhou"], now=MONDAY)

    assert Task.objects.get(approval=approval).stand_in is None
    assert Delegation.objects.active(MONDAY).count() == 0


# --- reminders -----------------------------------------------------------------------------------


@pytest.fixture
def timed(people):
    """Reminded after two working hours, escalated after four."""
    return kind_with(
        Node(
            "books",
            "会计",
            Approvers.people(people["li"].pk),
            remind_after=120,
            escalate_after=240,
        )
    )


def urged() -> int:
    return OutboxEvent.objects.filter(kind="approvals.TaskUrged").count()


def test_reminded_in_working_time_and_then_given_to_the_superior(timed, people):
    friday = MONDAY + timedelta(days=4, hours=8)  # 17:00; an hour of work is left
    approval = ask(people["zhao"], timed, now=friday)

    assert services.remind_and_escalate(now=friday + timedelta(days=2)) == 0  # Sunday
    monday = MONDAY + WEEK
    assert services.remind_and_escalate(now=monday + timedelta(minutes=59)) == 0
    assert services.remind_and_escalate(now=monday + timedelta(minutes=60)) == 1
    assert (urged(), waits_for(approval)) == (1, ["李会计"])
    assert services.remind_and_escalate(now=monday + timedelta(minutes=61)) == 0

    assert services.remind_and_escalate(now=monday + timedelta(hours=3)) == 1
    assert waits_for(approval) == ["孙总"]
    assert Act.objects.filter(approval=approval, verb="escalate").count() == 1
    assert approval.status == ApprovalStatus.RUNNING  # nothing is ever decided by the clock


def test_without_a_superior_it_stays_and_is_reminded_of(timed, people):
    people["li"].superior = None
    people["li"].save(update_fields=["superior"])
    approval = ask(people["zhao"], timed)

    for day in range(1, 5):
        services.remind_and_escalate(now=MONDAY + timedelta(days=day))

    assert waits_for(approval) == ["李会计"]
    assert Task.objects.get(approval=approval).reminders == 4


def test_what_came_back_to_the_applicant_is_not_escalated(timed, people):
    approval = ask(people["zhao"], timed)
    services.send_back(
        approval=approval, actor=people["li"], to_node="applicant", note="缺", now=MONDAY
    )

    services.remind_and_escalate(now=MONDAY + timedelta(days=30))

    assert waits_for(approval) == ["赵员工"]


# --- who may read (X-7) --------------------------------------------------------------------------


@pytest.fixture
def guest(platform, roles):
    """Staff who may decide, and see no approval by any role."""
    role = RoleFactory(permissions=["approvals.decide_approval", "approvals.submit_approval"])
    return give_role(StaffFactory(tenant=platform, display_name="外援"), role)


def sees(user, approval) -> bool:
    return Approval.objects.visible_to(user).filter(pk=approval.pk).exists()


def test_an_approver_reads_that_one_while_it_waits_for_him_and_then_only_his_decision(
    guest, people
):
    kind = kind_with(
        Node("guest", "外援", Approvers.people(guest.pk)),
        Node("books", "会计", Approvers.people(people["li"].pk)),
    )
    approval = ask(people["zhao"], kind)
    leave_kind = kind_with(Node("b", "B", Approvers.people(people["li"].pk)), of=Leave)
    other = ask(people["qian"], leave_kind)
    assert (sees(guest, approval), sees(guest, other)) == (True, False)
    assert approval.acts.visible_to(guest).count() == 1

    services.approve(approval=approval, actor=guest, note="可以", now=MONDAY)

    assert not sees(guest, approval)
    assert approval.acts.visible_to(guest).count() == 0
    assert approval.comments.visible_to(guest).count() == 0
    assert approval.attachments.visible_to(guest).count() == 0
    (own,) = decided_by(guest)
    assert (own.approval, own.note, own.status) == (approval, "可以", TaskStatus.APPROVED)
    assert list(Task.objects.visible_to(guest)) == [own]


def test_handed_on_he_reads_it_no_more(guest, people):
    approval = ask(people["zhao"], kind_with(Node("g", "G", Approvers.people(guest.pk))))

    services.transfer(approval=approval, actor=guest, to=people["li"], now=MONDAY)

    assert not sees(guest, approval)


def test_a_rival_tenant_sees_nothing(people, kind, rival_boss):
    approval = ask(people["zhao"], kind)

    assert not sees(rival_boss, approval)
    assert list(Task.objects.visible_to(rival_boss)) == []


def test_a_customer_sees_his_companys_requests_but_not_what_is_decided_about_him(
    member, outsider, customer, people, kind
):
    about_him = ask(people["zhao"], kind, customer_id=customer.pk)
    his_own = ask(member, kind, customer_id=customer.pk)

    assert list(Approval.objects.visible_to(member)) == [his_own]
    assert not sees(outsider, his_own)
    assert not sees(member, about_him)


def test_the_applicant_sees_his_own_whatever_his_roles(people, kind, platform):
    zheng = approver("郑", tenant=platform)
    approval = ask(zheng, kind)
    zheng.user_roles.all().delete()
    zheng.__dict__.pop("grants", None)

    assert sees(zheng, approval)
