"""Roles and permissions, decided in the approval centre by the rules of rbac (RBAC-2).

rbac asks through its port; what it demands of the second person it demands of the last approver:
he may decide on grants, lacks nothing of what he grants, and is neither who asked nor who gains.
"""

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.approvals import services as approvals
from apps.approvals.enums import ApprovalPerm, ApprovalVerb
from apps.approvals.kinds import (
    Approvers,
    Card,
    Fact,
    FieldType,
    FormField,
    Graph,
    Kind,
    Node,
    facts_of,
    register,
)
from apps.approvals.models import Act, Approval
from apps.approvals.selectors.deciders import decider_of
from apps.rbac.enums import ChangeKind, RequestStatus
from apps.rbac.models import RoleGrant, RolePermissionChange, User, UserRole
from apps.rbac.selectors.labels import label_of
from apps.rbac.services import grants

if TYPE_CHECKING:
    from apps.rbac.ports import RightsRequest

ROLE_GRANT, PERMISSION_CHANGE = "rbac.role_grant", "rbac.permission_change"
STEP_UP = "role-grant"
CHANGE = FormField(
    "change",
    pgettext_lazy("approvals", "Change"),
    FieldType.CHOICE,
    tuple(ChangeKind.choices),
    is_condition=True,
)
REASON = FormField("reason", gettext_lazy("Reason"))


def _refuser_of(approval: Approval) -> User:
    refused = Act.objects.filter(approval=approval, verb=ApprovalVerb.REJECT)
    act = refused.select_related("actor").order_by("-pk").first()
    return act.actor if act and act.actor else approval.applicant


class Rights(Kind):
    step_up: ClassVar[str] = STEP_UP
    default_graph = Graph((Node("administrator", "系统管理员", Approvers.role("administrator")),))


class RoleGrantKind(Rights):
    """角色授予: whether a user gets a role, or loses it."""

    code = ROLE_GRANT
    label = gettext_lazy("Role of a user")
    number_prefix = "ROL"
    submit_permission = "rbac.request_rolegrant"
    fields = (
        FormField("user", gettext_lazy("User")),
        FormField("role", gettext_lazy("Role"), is_condition=True),
        CHANGE,
        REASON,
    )

    def segregated(self, approval: Approval) -> set[int]:
        return {self._grant(approval).user_id}

    def card(self, approval: Approval) -> Card:
        grant = self._grant(approval)
        held = UserRole.objects.filter(user=grant.user).select_related("role")
        names = ", ".join(str(row.role) for row in held) or "—"
        count = grant.role.role_permissions.count()
        return Card(
            facts=(
                *facts_of(self, approval.form),
                Fact("held", _("Roles that he has"), names),
                Fact("permissions", _("Permissions of the role"), str(count)),
            )
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        grants.approve_grant(grant=self._grant(approval), actor=decider_of(approval), now=now)

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        reason = approval.number
        grants.reject_grant(
            grant=self._grant(approval), actor=_refuser_of(approval), now=now, reason=reason
        )

    def on_withdrawn(self, approval: Approval, now: datetime) -> None:
        grants.withdraw_grant(grant=self._grant(approval), actor=approval.applicant, now=now)

    def _grant(self, approval: Approval) -> RoleGrant:
        rows = RoleGrant.objects.select_related("user", "role")
        return rows.get(pk=approval.subject_pk or 0)


class PermissionChangeKind(Rights):
    """权限变更: whether a role gets a permission, or loses it."""

    code = PERMISSION_CHANGE
    label = gettext_lazy("Permission of a role")
    number_prefix = "PRM"
    submit_permission = "rbac.request_rolepermissionchange"
    fields = (
        FormField("role", gettext_lazy("Role"), is_condition=True),
        FormField("permission", gettext_lazy("Permission")),
        CHANGE,
        REASON,
    )

    def segregated(self, approval: Approval) -> set[int]:
        """Who holds a role that gains decides nothing about it."""
        change = self._change(approval)
        if change.kind != ChangeKind.ADD:
            return set()
        holders = UserRole.objects.filter(role=change.role)
        return set(holders.values_list("user_id", flat=True))

    def card(self, approval: Approval) -> Card:
        change = self._change(approval)
        holders = UserRole.objects.filter(role=change.role).count()
        return Card(
            facts=(
                *facts_of(self, approval.form),
                Fact("holders", _("People with the role"), str(holders)),
            )
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        grants.approve_permission_change(
            change=self._change(approval), actor=decider_of(approval), now=now
        )

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        grants.reject_permission_change(
            change=self._change(approval),
            actor=_refuser_of(approval),
            now=now,
            reason=approval.number,
        )

    def on_withdrawn(self, approval: Approval, now: datetime) -> None:
        grants.withdraw_permission_change(
            change=self._change(approval), actor=approval.applicant, now=now
        )

    def _change(self, approval: Approval) -> RolePermissionChange:
        rows = RolePermissionChange.objects.select_related("role", "permission__content_type")
        return rows.get(pk=approval.subject_pk or 0)


class ApprovalDesk:
    """Hears of requests from rbac, and makes approvals of them."""

    def asked(self, *, request: "RightsRequest", actor: User, now: datetime) -> None:
        if not actor.has_perm(ApprovalPerm.SUBMIT):
            return  # a role without the approval centre: it waits on the page of requests alone
        if isinstance(request, RoleGrant):
            kind = ROLE_GRANT
            form = {"user": str(request.user), "role": str(request.role)}
        else:
            kind = PERMISSION_CHANGE
            form = {"role": str(request.role), "permission": label_of(request.permission)}
        approvals.submit(
            kind=kind,
            title=str(request),
            form={**form, "change": str(request.kind), "reason": request.reason},
            applicant=actor,
            now=now,
            subject=_subject(request),
        )

    def decided(self, *, request: "RightsRequest", now: datetime) -> None:
        """On the page of requests, or by the approval itself, which runs no more by then."""
        approvals.void_for_subject(
            subject=_subject(request),
            reason=_("It was decided on the page of requests: {status}.").format(
                status=RequestStatus(request.status).label
            ),
            now=now,
        )


def _subject(request: "RightsRequest") -> tuple[str, int]:
    return request._meta.label, request.pk


register(RoleGrantKind())
register(PermissionChangeKind())
