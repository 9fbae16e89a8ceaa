from contextlib import suppress

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.auth.models import Group

from apps.rbac.admin.grants import RoleGrantAdmin, RolePermissionChangeAdmin
from apps.rbac.admin.organization import DepartmentAdmin, TenantAdmin
from apps.rbac.admin.roles import RoleAdmin
from apps.rbac.admin.security import ApiTokenAdmin, KnownDeviceAdmin, SignInEventAdmin
from apps.rbac.admin.users import UserAdmin

# Pages that libraries bring along: unscoped, and one of them shows the secrets of second factors.
for model in (EmailAddress, Authenticator, UserSession, Group):
    with suppress(NotRegistered):
        admin.site.unregister(model)

__all__ = [
    "ApiTokenAdmin",
    "DepartmentAdmin",
    "KnownDeviceAdmin",
    "RoleAdmin",
    "RoleGrantAdmin",
    "RolePermissionChangeAdmin",
    "SignInEventAdmin",
    "TenantAdmin",
    "UserAdmin",
]
