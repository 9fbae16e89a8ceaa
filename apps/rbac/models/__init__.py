from apps.rbac.models.grants import RoleGrant, RolePermissionChange
from apps.rbac.models.organization import Department, Tenant
from apps.rbac.models.roles import Role, RolePermission, UserRole
from apps.rbac.models.security import (
    KnownDevice,
    PasswordDigest,
    PhoneVerification,
    RecoveryCode,
    SignInEvent,
    TotpUse,
    TryCounter,
)
from apps.rbac.models.tokens import ApiToken
from apps.rbac.models.users import User

__all__ = [
    "ApiToken",
    "Department",
    "KnownDevice",
    "PasswordDigest",
    "PhoneVerification",
    "RecoveryCode",
    "Role",
    "RoleGrant",
    "RolePermission",
    "RolePermissionChange",
    "SignInEvent",
    "Tenant",
    "TotpUse",
    "TryCounter",
    "User",
    "UserRole",
]
