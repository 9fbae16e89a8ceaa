"""Changing who may do what: asked by one, decided by another, never above their own (RBAC-2).

These are the only functions that write user roles and role permissions after installation.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction

from apps.core import audit
from apps.core.events import publish
from apps.rbac import ports
from apps.rbac.enums import (
    PERMISSION_CHANGE_FLOW,
    ROLE_GRANT_FLOW,
    ChangeKind,
    RbacPerm,
    RequestStatus,
)
from apps.rbac.errors import (
    GrantExceedsOwnRights,
    RequestChangesNothing,
    RequestIsPending,
    RoleDoesNotFit,
    SecondPersonNeeded,
)
from apps.rbac.events import RoleGranted, RoleRevoked
from apps.rbac.models import Role, RoleGrant, RolePermission, RolePermissionChange, User, UserRole
from apps.rbac.services.access import require
from apps.rbac.services.reach import lacks_for_permission, lacks_for_role


@transaction.atomic
def request_role(
    *, user: User, role: Role, kind: ChangeKind, reason: str, actor: User, now: datetime
) -> RoleGrant:
    """Ask that `user` be given `role`, or lose it.

    :raises RoleDoesNotFit: if the role is for another kind of user or of another tenant
    :raises RequestChangesNothing: if he has it already, or has not
    :raises RequestIsPending: if the same is waiting for a decision
    :raises GrantExceedsOwnRights: if the actor himself could not do all that the role allows
    """
    require(actor, RbacPerm.REQUEST_GRANT)
    require(actor, RbacPerm.VIEW_USER, user)
    user = User.objects.lock(user)
    _ensure_fits(user, role)
    if UserRole.objects.filter(user=user, role=role).exists() == (kind == ChangeKind.ADD):
        raise RequestChangesNothing
    if RoleGrant.objects.pending().filter(user=user, role=role).exists():
        raise RequestIsPending
    if kind == ChangeKind.ADD:
        _ensure_within(lacks_for_role(actor, role, holder=user))
    grant = RoleGrant.objects.create(
        user=user, role=role, kind=kind, reason=reason, requested_by=actor, requested_at=now
    )
    audit.record(actor=actor, verb="rolegrant.requested", thing=grant, reason=reason)
    ports.tell_asked(grant, actor=actor, now=now)
    return grant


@transaction.atomic
def approve_grant(*, grant: RoleGrant, actor: User, now: datetime) -> RoleGrant:
    """Let it happen: the second person's decision, within his own rights as well.

    :raises SecondPersonNeeded: if the actor asked for it or would get the role
    :raises GrantExceedsOwnRights: if the actor lacks what he would grant
    """
    require(actor, RbacPerm.DECIDE_GRANT, grant)
    grant = RoleGrant.objects.lock(grant)
    _ensure_second_person(actor, grant.requested_by, grant.user)
    if grant.kind == ChangeKind.ADD:
        _ensure_within(lacks_for_role(actor, grant.role, holder=grant.user))
    ROLE_GRANT_FLOW.move(
        grant, RequestStatus.APPROVED, actor=actor, decided_by=actor, decided_at=now
    )
    if grant.kind == ChangeKind.ADD:
        UserRole.objects.get_or_create(user=grant.user, role=grant.role)
        publish(RoleGranted(user_id=grant.user_id, role_id=grant.role_id, grant_id=grant.pk))
    else:
        UserRole.objects.filter(user=grant.user, role=grant.role).delete()
        publish(RoleRevoked(user_id=grant.user_id, role_id=grant.role_id, grant_id=grant.pk))
    ports.tell_decided(grant, now=now)
    return grant


@transaction.atomic
def reject_grant(*, grant: RoleGrant, actor: User, now: datetime, reason: str = "") -> RoleGrant:
    """:raises SecondPersonNeeded: if the actor asked for it or would get the role"""
    require(actor, RbacPerm.DECIDE_GRANT, grant)
    grant = RoleGrant.objects.lock(grant)
    _ensure_second_person(actor, grant.requested_by, grant.user)
    ROLE_GRANT_FLOW.move(
        grant, RequestStatus.REJECTED, actor=actor, reason=reason, decided_by=actor, decided_at=now
    )
    ports.tell_decided(grant, now=now)
    return grant


@transaction.atomic
def withdraw_grant(*, grant: RoleGrant, actor: User, now: datetime) -> RoleGrant:
    """:raises SecondPersonNeeded: if it is somebody else's request"""
    require(actor, RbacPerm.REQUEST_GRANT, grant)
    grant = RoleGrant.objects.lock(grant)
    if grant.requested_by_id != actor.pk:
        raise SecondPersonNeeded
    ROLE_GRANT_FLOW.move(grant, RequestStatus.WITHDRAWN, actor=actor, decided_at=now)
    ports.tell_decided(grant, now=now)
    return grant


@transaction.atomic
def request_permission_change(
    *,
    role: Role,
    permission: Permission,
    kind: ChangeKind,
    reason: str,
    actor: User,
    now: datetime,
) -> RolePermissionChange:
    """Ask that `role` get `permission`, or lose it.

    :raises RequestChangesNothing: if it has it already, or has not
    :raises RequestIsPending: if the same is waiting for a decision
    :raises GrantExceedsOwnRights: if the actor lacks the permission, or reaches fewer rows with it
    """
    require(actor, RbacPerm.REQUEST_PERMISSION_CHANGE, role)
    role = Role.objects.lock(role)
    held = RolePermission.objects.filter(role=role, permission=permission).exists()
    if held == (kind == ChangeKind.ADD):
        raise RequestChangesNothing
    if RolePermissionChange.objects.pending().filter(role=role, permission=permission).exists():
        raise RequestIsPending
    if kind == ChangeKind.ADD:
        _ensure_within(lacks_for_permission(actor, role, permission))
    change = RolePermissionChange.objects.create(
        role=role,
        permission=permission,
        kind=kind,
        reason=reason,
        requested_by=actor,
        requested_at=now,
    )
    audit.record(actor=actor, verb="rolepermissionchange.requested", thing=change, reason=reason)
    ports.tell_asked(change, actor=actor, now=now)
    return change


@transaction.atomic
def approve_permission_change(
    *, change: RolePermissionChange, actor: User, now: datetime
) -> RolePermissionChange:
    """:raises SecondPersonNeeded: if the actor asked for it, or holds the role that gains

    :raises GrantExceedsOwnRights: if the actor lacks what he would grant
    """
    require(actor, RbacPerm.DECIDE_PERMISSION_CHANGE, change)
    change = RolePermissionChange.objects.lock(change)
    is_add = change.kind == ChangeKind.ADD
    _ensure_second_person(actor, change.requested_by)
    if is_add:
        if UserRole.objects.filter(user=actor, role=change.role).exists():
            raise SecondPersonNeeded
        _ensure_within(lacks_for_permission(actor, change.role, change.permission))
    PERMISSION_CHANGE_FLOW.move(
        change, RequestStatus.APPROVED, actor=actor, decided_by=actor, decided_at=now
    )
    row: dict[str, Any] = {"role": change.role, "permission": change.permission}
    if is_add:
        RolePermission.objects.get_or_create(**row)
    else:
        RolePermission.objects.filter(**row).delete()
    ports.tell_decided(change, now=now)
    return change


@transaction.atomic
def reject_permission_change(
    *, change: RolePermissionChange, actor: User, now: datetime, reason: str = ""
) -> RolePermissionChange:
    """:raises SecondPersonNeeded: if the actor asked for it"""
    require(actor, RbacPerm.DECIDE_PERMISSION_CHANGE, change)
    change = RolePermissionChange.objects.lock(change)
    _ensure_second_person(actor, change.requested_by)
    PERMISSION_CHANGE_FLOW.move(
        change, RequestStatus.REJECTED, actor=actor, reason=reason, decided_by=actor, decided_at=now
    )
    ports.tell_decided(change, now=now)
    return change


@transaction.atomic
def withdraw_permission_change(
    *, change: RolePermissionChange, actor: User, now: datetime
) -> RolePermissionChange:
    """:raises SecondPersonNeeded: if it is somebody else's request"""
    require(actor, RbacPerm.REQUEST_PERMISSION_CHANGE, change)
    change = RolePermissionChange.objects.lock(change)
    if change.requested_by_id != actor.pk:
        raise SecondPersonNeeded
    PERMISSION_CHANGE_FLOW.move(change, RequestStatus.WITHDRAWN, actor=actor, decided_at=now)
    ports.tell_decided(change, now=now)
    return change


def _ensure_fits(user: User, role: Role) -> None:
    of_kind = role.kind == user.kind
    of_tenant = role.tenant is None or user.tenant.path.startswith(role.tenant.path)
    if not (of_kind and of_tenant):
        raise RoleDoesNotFit(role=role, user=user)


def _ensure_within(lacking: list[str]) -> None:
    if lacking:
        raise GrantExceedsOwnRights(missing=", ".join(lacking[:5]))


def _ensure_second_person(actor: User, *involved: User) -> None:
    if actor.pk in {person.pk for person in involved}:
        raise SecondPersonNeeded
