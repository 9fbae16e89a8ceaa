"""Roles and permissions by way of the approval centre: rbac's own rules hold (RBAC-2, SEC-2)."""

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from apps.approvals import services as approvals
from apps.approvals.enums import ApprovalStatus, Door, EffectStatus
from apps.approvals.errors import SecondFactorIsNeeded
from apps.approvals.models import Approval
from apps.rbac.enums import ChangeKind, RequestStatus
from apps.rbac.models import Role, RolePermission, UserRole
from apps.rbac.services import grants
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, finish, open_task, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def deciding(platform, boss):
    """The other administrator, with every right that he might be asked to grant."""
    user = StaffFactory(tenant=platform)
    for code in ("administrator", "operations", "finance", "sales-manager", "support", "auditor"):
        give_role(user, code)
    return user


@pytest.fixture
def support(roles):
    return Role.objects.get(code="support")


def ask(user, role, actor, now):
    return grants.request_role(
        user=user, role=role, kind=ChangeKind.ADD, reason="转岗", actor=actor, now=now
    )


def approval_of(request):
    return Approval.objects.get(subject_label=request._meta.label, subject_pk=request.pk)


def test_a_role_is_granted_by_the_last_approver(stranger, support, boss, deciding, now):
    grant = ask(stranger, support, boss, now)

    agreed = agree(approval_of(grant), now)

    grant.refresh_from_db()
    assert agreed == [deciding]
    assert (grant.status, grant.decided_by) == (RequestStatus.APPROVED, deciding)
    assert UserRole.objects.filter(user=stranger, role=support).exists()


def test_a_refusal_grants_nothing(stranger, support, boss, deciding, now):
    grant = ask(stranger, support, boss, now)

    refuse(approval_of(grant), now)

    grant.refresh_from_db()
    assert (grant.status, grant.decided_by) == (RequestStatus.REJECTED, deciding)
    assert not UserRole.objects.filter(user=stranger, role=support).exists()


def test_taken_back_it_is_withdrawn(stranger, support, boss, deciding, now):
    grant = ask(stranger, support, boss, now)
    approval = approval_of(grant)

    approvals.withdraw(approval=approval, actor=boss, now=now)
    finish(approval, now)

    grant.refresh_from_db()
    assert grant.status == RequestStatus.WITHDRAWN


def test_who_gains_never_decides_last(support, boss, deciding, platform, now):
    give_role(StaffFactory(tenant=platform), "administrator")
    UserRole.objects.filter(user=deciding, role=support).delete()

    grant = ask(deciding, support, boss, now)

    assert deciding.pk in approval_of(grant).segregated


def test_an_approver_who_lacks_the_rights_grants_nothing(stranger, boss, platform, now):
    finance = Role.objects.get(code="finance")
    poor = give_role(StaffFactory(tenant=platform), "administrator")
    grant = ask(stranger, finance, boss, now)

    assert agree(approval_of(grant), now) == [poor]

    grant.refresh_from_db()
    assert approval_of(grant).effect == EffectStatus.HELD
    assert grant.status == RequestStatus.PENDING
    assert not UserRole.objects.filter(user=stranger).exists()


def test_decided_on_the_page_of_requests_it_is_voided(stranger, support, boss, deciding, now):
    grant = ask(stranger, support, boss, now)

    grants.approve_grant(grant=grant, actor=deciding, now=now)

    assert approval_of(grant).status == ApprovalStatus.VOIDED
    assert UserRole.objects.filter(user=stranger, role=support).exists()


@pytest.mark.parametrize("door", [Door.API, Door.DINGTALK])
def test_without_a_second_factor_nobody_agrees(stranger, support, boss, deciding, now, door):
    approval = approval_of(ask(stranger, support, boss, now))

    with pytest.raises(SecondFactorIsNeeded):
        approvals.approve(approval=approval, actor=deciding, now=now, door=door)

    approval.refresh_from_db()
    assert approval.is_running
    assert open_task(approval).assignee == deciding


def test_a_permission_is_added_by_somebody_without_the_role(boss, deciding, now):
    sales = Role.objects.get(code="sales")
    permission = Permission.objects.get(codename="verify_ledger")
    change = grants.request_permission_change(
        role=sales,
        permission=permission,
        kind=ChangeKind.ADD,
        reason="对账",
        actor=boss,
        now=now,
    )

    agree(approval_of(change), now)

    change.refresh_from_db()
    assert (change.status, change.decided_by) == (RequestStatus.APPROVED, deciding)
    assert RolePermission.objects.filter(role=sales, permission=permission).exists()


def test_holders_of_the_role_that_gains_are_segregated(boss, deciding, clerk, now):
    change = grants.request_permission_change(
        role=Role.objects.get(code="sales"),
        permission=Permission.objects.get(codename="verify_ledger"),
        kind=ChangeKind.ADD,
        reason="对账",
        actor=boss,
        now=now,
    )

    assert approval_of(change).segregated == [clerk.pk]


def test_the_step_up_page_comes_before_the_decision(
    stranger, support, boss, deciding, now, browse, monkeypatch
):
    monkeypatch.setattr("apps.rbac.services.step_up.has_mfa", lambda user: True)
    approval = approval_of(ask(stranger, support, boss, now))

    answer = browse(deciding).post(
        f"/admin/approvals/approval/{approval.pk}/act/approve/", {"note": ""}
    )

    approval.refresh_from_db()
    assert "/step-up/" in answer.headers["Location"]
    assert approval.is_running
