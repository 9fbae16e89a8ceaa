from collections import defaultdict
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.rbac.enums import UserKind
from apps.rbac.models.organization import Department, Tenant
from apps.rbac.models.roles import Role, RolePermission, UserRole
from apps.rbac.scoping import Grant, ScopedQuerySet


class UserQuerySet(ScopedQuerySet["User"]):
    customer_path = None
    owner_path = ""

    def staff(self) -> "UserQuerySet":
        return self.filter(kind=UserKind.STAFF)


class UserManager(BaseUserManager.from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with a hashed password (None: cannot sign in by password)."""
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """The first administrator of an installation; belongs to the platform tenant."""
        fields.setdefault("tenant", Tenant.objects.order_by("path").first())
        return self.create_user(email, password, kind=UserKind.STAFF, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return cast("User", self.get(email=(username or "").lower()))


class User(AbstractBaseUser):
    """A person: staff of a tenant, or a customer's user of the portal."""

    email = models.EmailField(_("e-mail"), unique=True)
    phone = models.CharField(_("mobile"), max_length=20, unique=True, null=True, blank=True)
    display_name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=UserKind, default=UserKind.PORTAL)
    tenant = models.ForeignKey(
        Tenant, models.PROTECT, related_name="users", verbose_name=_("tenant")
    )
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name=_("department"),
    )
    superior = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reports",
        verbose_name=_("superior"),
    )
    roles: "models.ManyToManyField[Role, UserRole]" = models.ManyToManyField(
        Role, through="UserRole", related_name="users", verbose_name=_("roles")
    )
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(_("superuser"), default=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = history(secret=["password"])

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                name="user_superuser_is_staff",
                condition=Q(is_superuser=False) | Q(kind=UserKind.STAFF),
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name

    @property
    def is_staff(self) -> bool:
        return self.kind == UserKind.STAFF

    @cached_property
    def grants(self) -> list[Grant]:
        """What the user's roles give; read once per user object, so once per request."""
        roles = list(Role.objects.filter(user_roles__user=self).prefetch_related("departments"))
        permissions: dict[int, set[str]] = defaultdict(set)
        rows = RolePermission.objects.filter(role__in=roles).values_list(
            "role_id", "permission__content_type__app_label", "permission__codename"
        )
        for role_id, app_label, codename in rows:
            permissions[role_id].add(f"{app_label}.{codename}")
        return [
            Grant(
                role=role.code,
                permissions=frozenset(permissions[role.pk]),
                data_scope=role.data_scope,
                department_ids=frozenset(d.pk for d in role.departments.all()),
            )
            for role in roles
        ]

    @cached_property
    def tenant_ids(self) -> list[int]:
        """The user's tenant and all below it."""
        return list(
            Tenant.objects.filter(path__startswith=self.tenant.path).values_list("pk", flat=True)
        )

    # A personal API token narrows its owner's permissions for one request; None: no token.
    token_scopes: frozenset[str] | None = None

    def grants_with(self, permission: str) -> list[Grant]:
        """The grants through which the user holds `permission`."""
        if self.token_scopes is not None and permission not in self.token_scopes:
            return []
        return [grant for grant in self.grants if permission in grant.permissions]

    def has_perm(self, permission: str, obj: object = None) -> bool:
        """Whether the user holds `permission` ("billing.view_bill") by any role."""
        if not self.is_active:
            return False
        if self.is_superuser:
            return self.token_scopes is None or permission in self.token_scopes
        return bool(self.grants_with(permission))

    def has_perms(self, permissions: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(permission, obj) for permission in permissions)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the user holds any permission of an app; the admin's index asks."""
        if not self.is_active or not self.is_staff:
            return False
        prefix = f"{app_label}."
        return self.is_superuser or any(
            code.startswith(prefix) for grant in self.grants for code in grant.permissions
        )
