from datetime import timedelta
from typing import Any

import factory
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.rbac.enums import DataScope, SignInOutcome, TenantKind, UserKind
from apps.rbac.models import (
    ApiToken,
    Department,
    KnownDevice,
    Role,
    RoleGrant,
    RolePermission,
    RolePermissionChange,
    SignInEvent,
    Tenant,
    User,
    UserRole,
)
from apps.rbac.services.access import permission_named
from apps.rbac.services.tokens import digest_of


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


class RoleGrantFactory(DjangoModelFactory):
    class Meta:
        model = RoleGrant

    user = factory.SubFactory(StaffFactory)
    role = factory.SubFactory(RoleFactory)
    requested_by = factory.SubFactory(StaffFactory)
    reason = "新员工"


class RolePermissionChangeFactory(DjangoModelFactory):
    class Meta:
        model = RolePermissionChange

    role = factory.SubFactory(RoleFactory)
    permission = factory.LazyFunction(lambda: permission_named("rbac.view_department"))
    requested_by = factory.SubFactory(StaffFactory)
    reason = "岗位调整"


class KnownDeviceFactory(DjangoModelFactory):
    class Meta:
        model = KnownDevice

    user = factory.SubFactory(UserFactory)
    digest = factory.Sequence("{:064d}".format)
    user_agent = "Firefox"


class SignInEventFactory(DjangoModelFactory):
    class Meta:
        model = SignInEvent

    user = factory.SubFactory(UserFactory)
    login = factory.LazyAttribute(lambda event: event.user.email)
    outcome = SignInOutcome.SUCCESS
    method = "password"
    ip = "192.0.2.7"
    user_agent = "Firefox"


class ApiTokenFactory(DjangoModelFactory):
    """A live token; `key` is what its owner would send."""

    class Meta:
        model = ApiToken

    class Params:
        key = factory.Sequence("kb_test-key-number-{}".format)

    user = factory.SubFactory(UserFactory)
    name = factory.Sequence("令牌 {}".format)
    prefix = factory.LazyAttribute(lambda token: token.key[:10])
    digest = factory.LazyAttribute(lambda token: digest_of(token.key))
    scopes = factory.LazyFunction(lambda: ["write"])
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=30))


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
