"""RBAC-2: nobody grants what he lacks, and nobody alone."""

import pytest
from django.db import IntegrityError, transaction

from apps.core.errors import Forbidden, IllegalTransition, NotFound
from apps.core.models import AuditEntry
from apps.rbac.enums import ChangeKind, DataScope, RbacPerm, RequestStatus
from apps.rbac.errors import (
    GrantExceedsOwnRights,
    RequestChangesNothing,
    RequestIsPending,
    RoleDoesNotFit,
    SecondPersonNeeded,
)
from apps.rbac.models import Role, RoleGrant, User
from apps.rbac.services import grants
from apps.rbac.services.access import permission_named
from tests.factories.rbac import (
    DepartmentFactory,
    RoleFactory,
    RoleGrantFactory,
    RolePermissionChangeFactory,
    StaffFactory,
    give_role,
)

pytestmark = pytest.mark.django_db
ADMINISTRATION = [
    RbacPerm.VIEW_USER,
    RbacPerm.VIEW_ROLE,
    RbacPerm.VIEW_GRANT,
    RbacPerm.REQUEST_GRANT,
    RbacPerm.DECIDE_GRANT,
    RbacPerm.VIEW_PERMISSION_CHANGE,
    RbacPerm.REQUEST_PERMISSION_CHANGE,
    RbacPerm.DECIDE_PERMISSION_CHANGE,
]


def administrator(platform, *more: str, scope=DataScope.ALL, **fields) -> User:
    role = RoleFactory(permissions=[*ADMINISTRATION, *more], data_scope=scope)
    return give_role(StaffFactory(tenant=platform, **fields), role)


@pytest.fixture
def asking(platform) -> User:
    return administrator(platform, "rbac.view_department")


@pytest.fixture
def deciding(platform) -> User:
    return administrator(platform, "rbac.view_department")


@pytest.fixture
def role(db):
    return RoleFactory(permissions=["rbac.view_department"])


@pytest.fixture
def grant(stranger, role, asking):
    return RoleGrantFactory(user=stranger, role=role, requested_by=asking)


def ask(user, role, actor, now, kind=ChangeKind.ADD) -> RoleGrant:
    return grants.request_role(
        user=user, role=role, kind=kind, reason="new in the team", actor=actor, now=now
    )


def has_role(user, role) -> bool:
    return user.user_roles.filter(role=role).exists()


@pytest.mark.sqlite
def test_takes_effect_when_a_second_person_approves(stranger, role, asking, deciding, now):
    grant = ask(stranger, role, asking, now)
    assert (grant.status, has_role(stranger, role)) == (RequestStatus.PENDING, False)

    grants.approve_grant(grant=grant, actor=deciding, now=now)

    grant.refresh_from_db()
    assert (grant.status, grant.decided_by, grant.decided_at) == (
        RequestStatus.APPROVED,
        deciding,
        now,
    )
    assert has_role(stranger, role)
    assert User.objects.get(pk=stranger.pk).has_perm("rbac.view_department")
    verbs = AuditEntry.objects.order_by("pk").values_list("verb", "actor_id")
    assert list(verbs) == [
        ("rolegrant.requested", asking.pk),
        ("rolegrant.approved", deciding.pk),
    ]


def test_taking_away_needs_a_second_person_too(stranger, role, asking, deciding, now):
    give_role(stranger, role)
    grant = ask(stranger, role, asking, now, ChangeKind.REMOVE)
    assert has_role(stranger, role)

    grants.approve_grant(grant=grant, actor=deciding, now=now)

    assert not has_role(stranger, role)


def test_nobody_asks_for_what_he_lacks(stranger, asking, now):
    role = RoleFactory(permissions=["rbac.view_department", "rbac.add_user"])

    with pytest.raises(GrantExceedsOwnRights, match=r"rbac\.add_user") as refusal:
        ask(stranger, role, asking, now)

    assert "view_department" not in str(refusal.value)
    assert not RoleGrant.objects.exists()


def test_nobody_approves_what_he_lacks(platform, grant, now):
    deciding = administrator(platform)

    with pytest.raises(GrantExceedsOwnRights):
        grants.approve_grant(grant=grant, actor=deciding, now=now)

    assert not has_role(grant.user, grant.role)


def test_who_asked_does_not_decide(grant, asking, now):
    for decide in (grants.approve_grant, grants.reject_grant):
        with pytest.raises(SecondPersonNeeded):
            decide(grant=grant, actor=asking, now=now)

    assert not has_role(grant.user, grant.role)


def test_who_gets_it_does_not_decide(role, asking, deciding, now):
    grant = RoleGrantFactory(user=deciding, role=role, requested_by=asking)

    with pytest.raises(SecondPersonNeeded):
        grants.approve_grant(grant=grant, actor=deciding, now=now)

    assert not has_role(deciding, role)


def test_database_wants_a_second_person_as_well(grant, asking, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.filter(pk=grant.pk).update(
            status=RequestStatus.APPROVED, decided_by=asking, decided_at=now
        )


def test_needs_the_permission_to_ask_and_to_decide(stranger, clerk, role, grant, now):
    with pytest.raises(Forbidden):
        ask(stranger, role, clerk, now)
    with pytest.raises(NotFound):
        grants.approve_grant(grant=grant, actor=clerk, now=now)


def test_user_of_another_tenant_does_not_exist(rival, platform, role, now):
    asking = administrator(rival, "rbac.view_department")
    elsewhere = StaffFactory(tenant=platform)

    with pytest.raises(NotFound):
        ask(elsewhere, role, asking, now)


def test_role_of_customers_is_none_for_staff(stranger, boss, now):
    with pytest.raises(RoleDoesNotFit):
        ask(stranger, Role.objects.get(code="portal-owner"), boss, now)


def test_role_of_another_tenant_does_not_fit(stranger, distributor, asking, now):
    role = RoleFactory(tenant=distributor, permissions=["rbac.view_department"])

    with pytest.raises(RoleDoesNotFit):
        ask(stranger, role, asking, now)


def test_asking_twice_or_for_nothing_is_refused(stranger, role, grant, asking, now):
    with pytest.raises(RequestIsPending):
        ask(stranger, role, asking, now)
    with pytest.raises(RequestChangesNothing):
        ask(asking, asking.roles.get(), asking, now)
    with pytest.raises(RequestChangesNothing):
        ask(asking, role, asking, now, ChangeKind.REMOVE)


def test_decided_is_decided(grant, deciding, now):
    grants.reject_grant(grant=grant, actor=deciding, now=now)

    with pytest.raises(IllegalTransition):
        grants.approve_grant(grant=grant, actor=deciding, now=now)


def test_only_who_asked_withdraws(grant, asking, deciding, now):
    with pytest.raises(SecondPersonNeeded):
        grants.withdraw_grant(grant=grant, actor=deciding, now=now)

    grants.withdraw_grant(grant=grant, actor=asking, now=now)

    grant.refresh_from_db()
    assert (grant.status, grant.decided_by) == (RequestStatus.WITHDRAWN, None)


# --- data scope ----------------------------------------------------------------------------------


class TestReach:
    """A role may not reach rows that the granter himself does not."""

    @pytest.fixture
    def east(self, platform):
        return DepartmentFactory(tenant=platform, name="East")

    @pytest.fixture
    def shanghai(self, east):
        return DepartmentFactory(parent=east, name="Shanghai")

    @pytest.fixture
    def west(self, platform):
        return DepartmentFactory(tenant=platform, name="West")

    def may_grant(self, platform, now, *, scope, department, role_scope, to, chosen=()) -> bool:
        asking = give_role(
            administrator(platform, department=department),
            RoleFactory(permissions=["core.view_auditentry"], data_scope=scope),
        )
        role = RoleFactory(permissions=["core.view_auditentry"], data_scope=role_scope)
        role.departments.set(chosen)
        user = StaffFactory(tenant=platform, department=to)
        try:
            ask(user, role, asking, now)
        except GrantExceedsOwnRights:
            return False
        return True

    @pytest.mark.parametrize(
        ("scope", "role_scope", "is_allowed"),
        [
            (DataScope.ALL, DataScope.ALL, True),
            (DataScope.ALL, DataScope.OWN, True),
            (DataScope.OWN, DataScope.OWN, True),
            (DataScope.OWN, DataScope.DEPARTMENT, False),
            (DataScope.DEPARTMENT, DataScope.DEPARTMENT, True),
            (DataScope.DEPARTMENT, DataScope.DEPARTMENT_AND_BELOW, False),
            (DataScope.DEPARTMENT_AND_BELOW, DataScope.DEPARTMENT_AND_BELOW, True),
            (DataScope.DEPARTMENT_AND_BELOW, DataScope.ALL, False),
        ],
    )
    def test_within_one_department(
        self, platform, east, shanghai, now, scope, role_scope, is_allowed
    ):
        assert is_allowed == self.may_grant(
            platform, now, scope=scope, department=east, role_scope=role_scope, to=east
        )

    def test_own_department_of_somebody_elsewhere_is_out_of_reach(self, platform, east, west, now):
        assert not self.may_grant(
            platform,
            now,
            scope=DataScope.DEPARTMENT,
            department=east,
            role_scope=DataScope.DEPARTMENT,
            to=west,
        )

    def test_chosen_departments_must_be_ones_own(self, platform, east, shanghai, west, now):
        below = {
            "scope": DataScope.DEPARTMENT_AND_BELOW,
            "department": east,
            "role_scope": DataScope.CHOSEN,
            "to": west,
        }

        assert self.may_grant(platform, now, **below, chosen=[east, shanghai])
        assert not self.may_grant(platform, now, **below, chosen=[shanghai, west])


# --- permissions of roles ------------------------------------------------------------------------


@pytest.fixture
def change(role, asking):
    return RolePermissionChangeFactory(
        role=role, permission=permission_named("rbac.view_user"), requested_by=asking
    )


def test_permission_of_a_role_changes_by_a_second_person(role, asking, deciding, now):
    change = grants.request_permission_change(
        role=role,
        permission=permission_named("rbac.view_user"),
        kind=ChangeKind.ADD,
        reason="they look after staff",
        actor=asking,
        now=now,
    )
    assert role.permissions.count() == 1

    grants.approve_permission_change(change=change, actor=deciding, now=now)

    codes = role.permissions.order_by("codename").values_list("codename", flat=True)
    assert list(codes) == ["view_department", "view_user"]


def test_permission_is_taken_out_by_a_second_person(role, asking, deciding, now):
    change = RolePermissionChangeFactory(
        role=role,
        permission=permission_named("rbac.view_department"),
        requested_by=asking,
        kind=ChangeKind.REMOVE,
    )

    grants.approve_permission_change(change=change, actor=deciding, now=now)

    assert not role.permissions.exists()


def test_nobody_adds_a_permission_that_he_lacks(role, asking, now):
    with pytest.raises(GrantExceedsOwnRights):
        grants.request_permission_change(
            role=role,
            permission=permission_named("rbac.add_user"),
            kind=ChangeKind.ADD,
            reason="so that I get it",
            actor=asking,
            now=now,
        )


def test_nobody_adds_with_a_shorter_reach_than_the_role(platform, role, now):
    asking = administrator(platform, "rbac.add_user", scope=DataScope.OWN)

    with pytest.raises(GrantExceedsOwnRights):
        grants.request_permission_change(
            role=role,
            permission=permission_named("rbac.add_user"),
            kind=ChangeKind.ADD,
            reason="for all rows",
            actor=asking,
            now=now,
        )


def test_who_asked_does_not_decide_on_permissions(change, asking, now):
    for decide in (grants.approve_permission_change, grants.reject_permission_change):
        with pytest.raises(SecondPersonNeeded):
            decide(change=change, actor=asking, now=now)


def test_who_holds_the_role_does_not_decide_what_it_gains(change, deciding, now):
    give_role(deciding, change.role)

    with pytest.raises(SecondPersonNeeded):
        grants.approve_permission_change(change=change, actor=deciding, now=now)


def test_change_may_be_rejected_or_withdrawn(role, change, asking, deciding, now):
    grants.reject_permission_change(change=change, actor=deciding, now=now)
    other = RolePermissionChangeFactory(
        role=role, permission=permission_named("rbac.view_user"), requested_by=asking
    )
    with pytest.raises(SecondPersonNeeded):
        grants.withdraw_permission_change(change=other, actor=deciding, now=now)
    grants.withdraw_permission_change(change=other, actor=asking, now=now)

    change.refresh_from_db()
    other.refresh_from_db()
    assert (change.status, other.status) == (RequestStatus.REJECTED, RequestStatus.WITHDRAWN)
    assert role.permissions.count() == 1
