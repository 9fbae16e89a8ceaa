"""X-6: one method decides which rows a person sees."""

import pytest

from apps.customers.models import Customer
from apps.rbac.enums import DataScope
from tests.factories.customers import CustomerFactory, MembershipFactory
from tests.factories.rbac import (
    DepartmentFactory,
    RoleFactory,
    StaffFactory,
    UserFactory,
    give_role,
)

pytestmark = pytest.mark.django_db


def test_stranger_sees_nothing(stranger, customer):
    assert list(Customer.objects.visible_to(stranger)) == []


def test_boss_sees_the_whole_subtree(boss, customer, rival):
    below = CustomerFactory(tenant=rival)

    assert set(Customer.objects.visible_to(boss)) == {customer, below}


def test_rival_sees_neither_parent_nor_sibling(rival_boss, customer, rival, distributor):
    own = CustomerFactory(tenant=rival)
    CustomerFactory(tenant=distributor)

    assert list(Customer.objects.visible_to(rival_boss)) == [own]


def test_clerk_sees_only_his_own(clerk, boss, platform):
    mine = CustomerFactory(tenant=platform, owner=clerk)
    CustomerFactory(tenant=platform, owner=boss)
    CustomerFactory(tenant=platform)

    assert list(Customer.objects.visible_to(clerk)) == [mine]


def test_member_sees_only_his_company(member, customer, platform):
    CustomerFactory(tenant=platform)

    assert list(Customer.objects.visible_to(member)) == [customer]


def test_member_of_two_companies_sees_each_once(member, customer, platform):
    second = CustomerFactory(tenant=platform)
    MembershipFactory(customer=second, user=member)

    assert sorted(Customer.objects.visible_to(member), key=lambda c: c.pk) == [customer, second]


@pytest.mark.parametrize(
    ("data_scope", "seen"),
    [
        (DataScope.ALL, {"none", "head", "mine", "peer", "below", "other"}),
        (DataScope.CHOSEN, {"other"}),
        (DataScope.DEPARTMENT, {"mine", "peer"}),
        (DataScope.DEPARTMENT_AND_BELOW, {"mine", "peer", "below"}),
        (DataScope.OWN, {"mine"}),
    ],
)
def test_data_scopes(data_scope, seen, platform, db):
    root = DepartmentFactory(tenant=platform)
    mine = DepartmentFactory(parent=root)
    below = DepartmentFactory(parent=mine)
    other = DepartmentFactory(parent=root)
    role = RoleFactory(data_scope=data_scope, permissions=["customers.view_customer"])
    role.departments.add(other)
    user = give_role(StaffFactory(tenant=platform, department=mine), role)
    owners = {
        "none": None,
        "head": StaffFactory(tenant=platform, department=root),
        "mine": user,
        "peer": StaffFactory(tenant=platform, department=mine),
        "below": StaffFactory(tenant=platform, department=below),
        "other": StaffFactory(tenant=platform, department=other),
    }
    for name, owner in owners.items():
        CustomerFactory(tenant=platform, owner=owner, name=name)

    assert {c.name for c in Customer.objects.visible_to(user)} == seen


def test_roles_add_up_but_only_those_that_show_the_model(platform, roles):
    blind = RoleFactory(data_scope=DataScope.ALL, permissions=["rbac.view_user"])
    own = RoleFactory(data_scope=DataScope.OWN, permissions=["customers.view_customer"])
    user = give_role(give_role(StaffFactory(tenant=platform), blind), own)
    CustomerFactory(tenant=platform)
    mine = CustomerFactory(tenant=platform, owner=user)

    assert list(Customer.objects.visible_to(user)) == [mine]


def test_the_locked_out_see_nothing(boss, customer):
    boss.is_active = False

    assert list(Customer.objects.visible_to(boss)) == []


def test_membership_does_not_show_customers_to_staff_without_a_role(stranger, customer):
    MembershipFactory(customer=customer, user=stranger)

    assert list(Customer.objects.visible_to(stranger)) == []


def test_portal_user_without_membership_sees_nothing(platform, customer, roles):
    user = give_role(UserFactory(tenant=platform), "portal-owner")

    assert list(Customer.objects.visible_to(user)) == []
