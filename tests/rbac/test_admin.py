"""The admin of users, roles, grants and sign-ins."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from apps.rbac.enums import ChangeKind, DataScope, RbacPerm, RequestStatus, UserKind
from apps.rbac.models import Department, Role, RoleGrant, Tenant, User
from apps.rbac.selectors.rights import why
from apps.rbac.services.access import permission_named
from tests.factories.rbac import (
    ApiTokenFactory,
    DepartmentFactory,
    KnownDeviceFactory,
    RoleFactory,
    RoleGrantFactory,
    RolePermissionChangeFactory,
    SignInEventFactory,
    StaffFactory,
    TenantFactory,
    give_role,
)

pytestmark = pytest.mark.django_db

LISTS = {
    "user": lambda tenant, n: [
        give_role(StaffFactory(tenant=tenant, department=DepartmentFactory(tenant=tenant)), "sales")
        for _ in range(n)
    ],
    "role": lambda tenant, n: [
        RoleFactory(tenant=tenant, permissions=["rbac.view_user"]) for _ in range(n)
    ],
    "rolegrant": lambda tenant, n: [
        RoleGrantFactory(user__tenant=tenant, requested_by__tenant=tenant) for _ in range(n)
    ],
    "rolepermissionchange": lambda tenant, n: [
        RolePermissionChangeFactory(role__tenant=tenant, requested_by__tenant=tenant)
        for _ in range(n)
    ],
    "department": lambda tenant, n: [DepartmentFactory(tenant=tenant) for _ in range(n)],
    "tenant": lambda tenant, n: [TenantFactory(parent=tenant) for _ in range(n)],
    "signinevent": lambda tenant, n: [SignInEventFactory(user__tenant=tenant) for _ in range(n)],
    "knowndevice": lambda tenant, n: [KnownDeviceFactory(user__tenant=tenant) for _ in range(n)],
    "apitoken": lambda tenant, n: [ApiTokenFactory(user__tenant=tenant) for _ in range(n)],
}


def page(model: str, view: str = "changelist", *args: object) -> str:
    return reverse(f"admin:rbac_{model}_{view}", args=args)


@pytest.mark.parametrize("model", LISTS)
def test_list_asks_as_much_for_ten_as_for_one(model, boss, browse, platform):
    client = browse(boss)
    counts = []
    for rows in (1, 9):
        LISTS[model](platform, rows)
        client.get(page(model))
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page(model)).status_code == 200
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert counts[1] <= 30


@pytest.mark.parametrize("model", LISTS)
def test_page_of_one_opens_and_its_history(model, boss, browse, platform):
    row = LISTS[model](platform, 1)[0]

    assert browse(boss).get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", LISTS)
def test_rows_of_another_tenant_do_not_exist(model, rival, platform, roles, browse):
    """Neither in the list nor by their address; nor does anything of theirs show."""
    manager = give_role(StaffFactory(tenant=rival), "administrator")
    elsewhere = TenantFactory(parent=platform, name="CANARY-TENANT", code="canary")
    row = LISTS[model](elsewhere, 1)[0]
    client = browse(manager)

    listed = client.get(page(model))
    opened = client.get(page(model, "change", row.pk))

    assert listed.status_code == 200
    assert "CANARY" not in listed.content.decode()
    assert opened.status_code == 302  # Django's answer to what is not in the queryset
    assert opened.url == "/admin/"


@pytest.mark.parametrize("model", LISTS)
def test_stranger_sees_nothing(model, stranger, browse):
    assert browse(stranger).get(page(model)).status_code == 403


# --- users ---------------------------------------------------------------------------------------


def test_new_user_has_no_password_and_no_role(boss, browse, platform):
    form = {
        "display_name": "新员工",
        "email": "New@Kboss.Test",
        "phone": "13900139000",
        "kind": UserKind.STAFF,
        "language": "zh-hans",
        "is_active": "on",
        "tenant": platform.pk,
        "user_roles-TOTAL_FORMS": 0,
        "user_roles-INITIAL_FORMS": 0,
    }

    response = browse(boss).post(page("user", "add"), form)

    assert response.status_code == 302
    user = User.objects.get(email="new@kboss.test")
    assert (user.phone, user.is_superuser, user.has_usable_password()) == (
        "+8613900139000",
        False,
        False,
    )
    assert not user.roles.exists()


def test_way_in_and_power_of_a_user_are_not_edited(boss, browse, stranger, distributor):
    """Address, number, kind, tenant, roles and superuser: none of them by a form."""
    give_role(stranger, "sales")
    form = {
        "display_name": "改名",
        "language": "zh-hans",
        "is_active": "on",
        "email": "evil@kboss.test",
        "phone": "+8613900139000",
        "kind": UserKind.PORTAL,
        "tenant": distributor.pk,
        "is_superuser": "on",
        "password": "x",
        "user_roles-TOTAL_FORMS": 1,
        "user_roles-INITIAL_FORMS": 0,
        "user_roles-0-role": Role.objects.get(code="administrator").pk,
    }
    before = User.objects.get(pk=stranger.pk)

    response = browse(boss).post(page("user", "change", stranger.pk), form)

    after = User.objects.get(pk=stranger.pk)
    assert (response.status_code, after.display_name) == (302, "改名")
    same = ("email", "phone", "kind", "tenant_id", "is_superuser", "password")
    assert [getattr(after, n) for n in same] == [getattr(before, n) for n in same]
    assert [role.code for role in after.roles.all()] == ["sales"]


def test_nobody_moves_himself(boss, browse, platform):
    department = DepartmentFactory(tenant=platform)
    form = {"display_name": "我", "language": "en", "department": department.pk}

    browse(boss).post(
        page("user", "change", boss.pk),
        {**form, "user_roles-TOTAL_FORMS": 0, "user_roles-INITIAL_FORMS": 0},
    )

    boss.refresh_from_db()
    assert (boss.department, boss.is_active) == (None, True)


def test_superuser_is_not_for_others_to_edit(boss, browse, platform):
    root = StaffFactory(tenant=platform, is_superuser=True)

    response = browse(boss).post(page("user", "change", root.pk), {"display_name": "x"})

    assert response.status_code == 403


# --- roles ---------------------------------------------------------------------------------------


def test_new_role_may_do_nothing(boss, browse, platform):
    form = {
        "name": "新角色",
        "code": "new-role",
        "kind": UserKind.STAFF,
        "tenant": platform.pk,
        "data_scope": DataScope.ALL,
    }

    response = browse(boss).post(page("role", "add"), form)

    assert response.status_code == 302
    assert not Role.objects.get(code="new-role").permissions.exists()


def test_reach_of_a_role_is_not_edited(boss, browse, platform):
    role = RoleFactory(tenant=platform, data_scope=DataScope.OWN, permissions=["rbac.view_user"])

    browse(boss).post(
        page("role", "change", role.pk), {"name": "更名", "data_scope": DataScope.ALL}
    )

    role.refresh_from_db()
    assert (role.name, role.data_scope) == ("更名", DataScope.OWN)


def test_role_of_all_tenants_is_a_superusers(boss, browse):
    role = Role.objects.get(code="sales")

    assert browse(boss).post(page("role", "change", role.pk), {"name": "x"}).status_code == 403


def test_matrix_reads_as_chinese(boss, browse):
    role = Role.objects.get(code="administrator")

    with translation.override("zh-hans"):
        text = browse(boss).get(page("role", "change", role.pk)).content.decode()

    for word in ("访问控制", "用户", "查看", "申请给用户角色"):
        assert word in text, word


# --- trees ---------------------------------------------------------------------------------------


def test_department_grows_below_its_parent(boss, browse, platform):
    above = DepartmentFactory(tenant=platform, name="华东")

    response = browse(boss).post(page("department", "add"), {"parent": above.pk, "name": "上海"})

    below = Department.objects.get(name="上海")
    assert (response.status_code, below.tenant, Department.objects.get_parent(below)) == (
        302,
        platform,
        above,
    )


def test_department_without_parent_needs_a_tenant(boss, browse, platform):
    client = browse(boss)

    refused = client.post(page("department", "add"), {"name": "华北"})
    made = client.post(page("department", "add"), {"name": "华北", "tenant": platform.pk})

    assert (refused.status_code, made.status_code) == (200, 302)
    assert Department.objects.get(name="华北").depth == 1


def test_tenant_is_made_by_a_superuser_below_another(boss, browse, platform):
    client = browse(boss)
    form = {"parent": platform.pk, "name": "华中渠道", "code": "central", "is_active": "on"}
    assert client.post(page("tenant", "add"), form).status_code == 403
    User.objects.filter(pk=boss.pk).update(is_superuser=True)

    response = client.post(page("tenant", "add"), form)

    assert response.status_code == 302
    below = Tenant.objects.get(code="central")
    assert Tenant.objects.get_parent(below) == platform


# --- grants --------------------------------------------------------------------------------------


@pytest.fixture
def administrators(platform, roles):
    return [give_role(StaffFactory(tenant=platform), "administrator") for _ in range(2)]


def test_role_is_asked_for_and_approved_on_the_pages(administrators, browse, stranger, platform):
    asking, deciding = administrators
    role = RoleFactory(tenant=platform, permissions=["rbac.view_department"])
    form = {"user": stranger.pk, "role": role.pk, "kind": ChangeKind.ADD, "reason": "新员工"}

    asked = browse(asking).post(page("rolegrant", "add"), form)
    grant = RoleGrant.objects.get()
    own = {"action": "approve_grant", "_selected_action": [grant.pk]}
    browse(asking).post(page("rolegrant"), own)
    assert not stranger.user_roles.exists()
    browse(deciding).post(page("rolegrant"), own)

    grant.refresh_from_db()
    assert (asked.status_code, grant.status) == (302, RequestStatus.APPROVED)
    assert (grant.requested_by, grant.decided_by) == (asking, deciding)
    assert stranger.user_roles.get().role == role


def test_refusal_is_said_on_the_page(administrators, browse, stranger):
    finance = Role.objects.get(code="finance")
    form = {"user": stranger.pk, "role": finance.pk, "kind": ChangeKind.ADD, "reason": "x"}

    response = browse(administrators[0]).post(page("rolegrant", "add"), form, follow=True)

    assert "没有" in response.content.decode() or "lacks" in response.content.decode()
    assert not RoleGrant.objects.exists()


def test_permission_change_is_asked_for_on_the_page(administrators, browse, platform):
    role = RoleFactory(tenant=platform)
    form = {
        "role": role.pk,
        "permission": permission_named("rbac.view_user").pk,
        "kind": ChangeKind.ADD,
        "reason": "x",
    }

    response = browse(administrators[0]).post(page("rolepermissionchange", "add"), form)

    assert response.status_code == 302
    assert role.permission_changes.get().status == RequestStatus.PENDING


def test_request_is_not_edited(administrators, browse, platform):
    grant = RoleGrantFactory(user__tenant=platform)

    response = browse(administrators[0]).post(
        page("rolegrant", "change", grant.pk), {"status": RequestStatus.APPROVED}
    )

    assert response.status_code == 403


def test_token_is_revoked_on_the_page(boss, browse, platform):
    token = ApiTokenFactory(user__tenant=platform)

    browse(boss).post(page("apitoken"), {"action": "revoke_token", "_selected_action": [token.pk]})

    token.refresh_from_db()
    assert token.revoked_at is not None


# --- effective permissions -----------------------------------------------------------------------


def ask_why(client, **question) -> str:
    response = client.get(reverse("admin:rbac_effective_permissions"), question)
    assert response.status_code == 200
    return response.content.decode()


def permission_id(code: str) -> int:
    return permission_named(code).pk


def test_says_by_which_role_and_on_which_rows(boss, browse, clerk):
    """RBAC-1: why X can do Y."""
    text = ask_why(browse(boss), user=clerk.email, permission=permission_id("rbac.view_department"))

    assert "✓" in text
    assert str(Role.objects.get(code="sales")) in text
    assert str(DataScope.OWN.label) in text


def test_says_why_not(boss, browse, clerk):
    """RBAC-1: why X can't do Y."""
    text = ask_why(browse(boss), user=clerk.email, permission=permission_id("rbac.add_user"))

    assert "✗" in text


def test_says_whether_one_object_is_visible_and_why(boss, browse, clerk, customer):
    """RBAC-1: a customer of somebody else is out of a salesman's scope, his own is in it."""
    question = {
        "user": clerk.email,
        "permission": permission_id("customers.view_customer"),
        "thing": customer.number,
    }
    assert "✗" in ask_why(browse(boss), **question)
    customer.owner = clerk
    customer.save()

    assert "✗" not in ask_why(browse(boss), **question)


def test_answers_only_about_whom_one_may_see(rival, roles, browse, clerk):
    manager = give_role(StaffFactory(tenant=rival), "administrator")

    text = ask_why(browse(manager), user=clerk.email)

    assert clerk.display_name not in text


def test_page_is_not_for_everybody(clerk, browse):
    response = browse(clerk).get(reverse("admin:rbac_effective_permissions"))

    assert response.status_code == 403


def test_superuser_and_disabled_are_explained_too(platform):
    root = StaffFactory(tenant=platform, is_superuser=True)
    gone = StaffFactory(tenant=platform, is_active=False)

    assert why(user=root, permission=RbacPerm.ADD_USER).is_allowed
    assert not why(user=gone, permission=RbacPerm.ADD_USER).is_allowed
