"""Who decides for whom while he is away."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.approvals import kinds as registry
from apps.approvals.enums import ApprovalPerm
from apps.approvals.errors import (
    DelegationIsInvalid,
    DelegationOverlaps,
    NotTheirDelegation,
    PersonDoesNotFit,
)
from apps.approvals.events import TaskOpened
from apps.approvals.models import Delegation, Task
from apps.approvals.selectors.organization import deciders
from apps.approvals.services.seats import stand_in_for
from apps.core import audit
from apps.core.events import publish
from apps.rbac import services as rbac
from apps.rbac.enums import DataScope
from apps.rbac.models import User


@transaction.atomic
def delegate(
    *,
    person: User,
    stand_in: User,
    starts_at: datetime,
    ends_at: datetime,
    actor: User,
    now: datetime,
    kinds: Sequence[str] = (),
    reason: str = "",
) -> Delegation:
    """Name a stand-in for [starts_at, ends_at), for some kinds or all. Both may decide meanwhile.

    Trusted: _ensure_may asks rbac.require.
    :raises NotTheirDelegation: if the actor is neither the person nor may do it for others
    :raises DelegationIsInvalid: if it is for oneself, or ends before it begins
    :raises PersonDoesNotFit: if the stand-in may not decide
    :raises DelegationOverlaps: if there is one in this time for the same kind
    """
    _ensure_may(actor, person)
    if stand_in.pk == person.pk or ends_at <= starts_at or ends_at <= now:
        raise DelegationIsInvalid
    if not deciders(person.tenant).filter(pk=stand_in.pk).exists():
        raise PersonDoesNotFit(person=stand_in)
    codes = sorted({registry.get(code).code for code in kinds})
    person = User.objects.lock(person)
    _ensure_free(person, starts_at, ends_at, codes)
    delegation = Delegation.objects.create(
        person=person,
        stand_in=stand_in,
        starts_at=starts_at,
        ends_at=ends_at,
        kinds=codes,
        reason=reason[:200],
        created_by=actor,
        created_at=now,
    )
    audit.record(actor=actor, verb="delegation.created", thing=delegation, reason=reason[:200])
    apply_delegations(now=now, person=person)
    return delegation


@transaction.atomic
def end_delegation(*, delegation: Delegation, actor: User, now: datetime) -> Delegation:
    """End it early. Ended ones stay as they are.

    Trusted: _ensure_may asks rbac.require.
    """
    _ensure_may(actor, delegation.person)
    delegation = Delegation.objects.lock(delegation)
    if delegation.ended_at is None:
        delegation.ended_at = now
        delegation.save(update_fields=["ended_at"])
        audit.record(actor=actor, verb="delegation.ended", thing=delegation)
        apply_delegations(now=now, person=delegation.person)
    return delegation


@transaction.atomic
def apply_delegations(*, now: datetime, person: User | None = None) -> int:
    """Let open tasks name who stands in for their assignee at this moment; how many changed.

    Trusted: the sweep, at the beginning and the end of an absence. The right itself is asked again
    when the stand-in decides.
    """
    active = Delegation.objects.active(now)
    concerned = Q(assignee__in=active.values("person")) | Q(stand_in__isnull=False)
    tasks = Task.objects.open().filter(concerned)
    if person is not None:
        tasks = tasks.filter(assignee=person)
    changed = 0
    for task in tasks.select_related("approval").order_by("pk"):
        stand_in = stand_in_for(task=task, now=now)
        stand_in_id = stand_in.pk if stand_in else None
        if stand_in_id == task.stand_in_id:
            continue
        changed += Task.objects.open().filter(pk=task.pk).update(stand_in=stand_in)
        if stand_in_id is not None:
            publish(
                TaskOpened(
                    approval_id=task.approval_id,
                    task_id=task.pk,
                    user_id=task.assignee_id,
                    stand_in_id=stand_in_id,
                )
            )
    return changed


def _ensure_free(
    person: User, starts_at: datetime, ends_at: datetime, codes: Sequence[str]
) -> None:
    for other in person.delegations.overlapping(starts_at, ends_at):
        if not codes or not other.kinds or set(codes) & set(other.kinds):
            raise DelegationOverlaps


def _ensure_may(actor: User, person: User) -> None:
    if actor.pk == person.pk:
        rbac.require(actor, ApprovalPerm.DELEGATE)
        return
    grants = actor.grants_with(ApprovalPerm.DELEGATE_FOR)
    reaches = any(grant.data_scope == DataScope.ALL for grant in grants)
    below = person.tenant.path.startswith(actor.tenant.path)
    if not (actor.is_superuser or (reaches and below)):
        raise NotTheirDelegation
