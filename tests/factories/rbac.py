from typing import Any

import factory
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from factory.django import DjangoModelFactory

from apps.rbac.enums import DataScope, TenantKind, UserKind
from apps.rbac.models import Department, Role, RolePermission, Tenant, User, UserRole
from apps.rbac.services.access import permission_named


class TenantFactory(DjangoModelFactory):
    """A tenant of the tree; `parent` None makes a root."""

    class Meta:
        model = Tenant

    code = factory.Sequence("tenant{}".format)
    name = factory.Sequence("租户 {}".format)
    kind = TenantKind.PLATFORM

    @classmethod
    def _create(cls, model_class: type[Tenant], *args: Any, **fields: Any) -> Tenant:
        parent = fields.pop("parent", None)
        if parent is None:
            return Tenant.objects.add_root(fields)
        fields["kind"] = TenantKind.DISTRIBUTOR
        return Tenant.objects.add_child(Tenant.objects.get(pk=parent.pk), fields)


class DepartmentFactory(DjangoModelFactory):
    """A department; `parent` None makes a root of its tenant."""

    class Meta:
        model = Department

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence("部门 {}".format)

    @classmethod
    def _create(cls, model_class: type[Department], *args: Any, **fields: Any) -> Department:
        parent = fields.pop("parent", None)
        if parent is None:
            return Department.objects.add_root(fields)
        fields["tenant"] = parent.tenant
        return Department.objects.add_child(Department.objects.get(pk=parent.pk), fields)


class UserFactory(DjangoModelFactory):
    """A portal user. Without a password: tests sign in by force."""

    class Meta:
        model = User

    email = factory.Sequence("user{}@customer.test".format)
    phone = factory.Sequence(lambda n: f"+86138{n:08d}")
    display_name = factory.Sequence("用户 {}".format)
    kind = UserKind.PORTAL
    tenant = factory.SubFactory(TenantFactory)


class StaffFactory(UserFactory):
    email = factory.Sequence("staff{}@kboss.test".format)
    display_name = factory.Sequence("员工 {}".format)
    kind = UserKind.STAFF


class RoleFactory(DjangoModelFactory):
    """A role with the permissions listed in `permissions=["billing.view_bill", …]`."""

    class Meta:
        model = Role
        skip_postgeneration_save = True

    code = factory.Sequence("role{}".format)
    name = factory.Sequence("角色 {}".format)
    kind = UserKind.STAFF
    data_scope = DataScope.ALL

    @factory.post_generation
    def permissions(self, create: bool, extracted: list[str] | None, **_: Any) -> None:
        for code in extracted or []:
            RolePermission.objects.create(role=self, permission=permission_named(code))


def give_role(user: User, role: str | Role) -> User:
    """Give `user` a role (by code or as a row) and forget what he could do before."""
    row = role if isinstance(role, Role) else Role.objects.get(code=role)
    UserRole.objects.create(user=user, role=row)
    user.__dict__.pop("grants", None)
    return user


def set_up_totp(user: User) -> str:
    """Give `user` an authenticator app; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret
