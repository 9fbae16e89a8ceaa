"""Price changes that are decided together, by one approval."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.core.events import publish
from apps.products.enums import (
    PRICE_CHANGE_FLOW,
    PriceChangeSource,
    PriceChangeStatus,
    ProductPerm,
)
from apps.products.errors import ChangeWaitsForApproval, NothingToSubmit, TooManyChanges
from apps.products.events import PriceChangesApproved
from apps.products.models import PriceChange, PriceChangeBatch, Vendor
from apps.rbac import services as rbac
from apps.rbac.models import User

MOST_CHANGES = 2000  # in one approval


@transaction.atomic
def request_price_changes(
    *,
    actor: User,
    now: datetime,
    reason: str,
    changes: Sequence[int] | None = None,
    vendor: Vendor | None = None,
    source: PriceChangeSource | str = "",
    attachments: Attachments = (),
) -> Approval:
    """Ask for approval of what is proposed: of `changes`, else of all of a vendor or a source.

    :raises NothingToSubmit: if nothing of it waits to be submitted
    :raises TooManyChanges: if nobody could look them through
    """
    rbac.require(actor, ProductPerm.PROPOSE_PRICE)
    waiting = _waiting(actor, changes, vendor, source)
    found = list(waiting.order_by("pk")[: MOST_CHANGES + 1])
    if not found:
        raise NothingToSubmit
    if len(found) > MOST_CHANGES:
        raise TooManyChanges(most=MOST_CHANGES)
    batch = PriceChangeBatch.objects.create(
        tenant=actor.tenant, reason=reason[:500], created_by=actor, created_at=now
    )
    # Read plainly, locked here: rows that somebody else took meanwhile are no longer proposed.
    held = PriceChange.objects.filter(pk__in=[change.pk for change in found])
    for change in held.order_by("pk").select_for_update():
        PRICE_CHANGE_FLOW.move(change, PriceChangeStatus.PENDING, actor=actor, batch=batch)
    return approvals.submit(
        kind="products.price_change",
        title=_("{count} price changes: {reason}").format(count=len(found), reason=reason),
        form=_form(held, reason),
        applicant=actor,
        now=now,
        subject=("products.PriceChangeBatch", batch.pk),
        tenant=actor.tenant,
        attachments=attachments,
    )


def _waiting(
    actor: User,
    changes: Sequence[int] | None,
    vendor: Vendor | None,
    source: PriceChangeSource | str,
) -> QuerySet[PriceChange]:
    waiting = PriceChange.objects.visible_to(actor).filter(status=PriceChangeStatus.PROPOSED)
    if changes is not None:
        waiting = waiting.filter(pk__in=changes)
    if vendor is not None:
        waiting = waiting.filter(sku__product__vendor=vendor)
    return waiting.filter(source=source) if source else waiting


@transaction.atomic
def discard_change(*, change: PriceChange, actor: User, now: datetime) -> PriceChange:
    """Drop a proposal that nobody has submitted.

    :raises ChangeWaitsForApproval: if it is with the approvers
    :raises IllegalTransition: if it is decided
    """
    rbac.require(actor, ProductPerm.PROPOSE_PRICE, change)
    change = PriceChange.objects.lock(change)
    if change.status == PriceChangeStatus.PENDING:
        raise ChangeWaitsForApproval(change=change)
    PRICE_CHANGE_FLOW.move(change, PriceChangeStatus.REJECTED, actor=actor, open_key=None)
    return change


def approve_batch(*, batch: PriceChangeBatch, actor: User | None, now: datetime) -> None:
    """What still waits is to be applied. Trusted: it was agreed to."""
    _move(batch, PriceChangeStatus.APPROVED, actor, approved_at=now)
    publish(PriceChangesApproved(count=batch.changes.count()))


def reject_batch(*, batch: PriceChangeBatch, actor: User | None) -> None:
    """Trusted: it was refused."""
    _move(batch, PriceChangeStatus.REJECTED, actor, open_key=None)


def return_batch(*, batch: PriceChangeBatch, actor: User | None) -> None:
    """Taken back: proposed once more. Trusted: the approval said so."""
    _move(batch, PriceChangeStatus.PROPOSED, actor)


def _move(
    batch: PriceChangeBatch, to: PriceChangeStatus, actor: User | None, **stamps: Any
) -> None:
    waiting = PriceChange.objects.filter(batch=batch, status=PriceChangeStatus.PENDING)
    for change in waiting.order_by("pk").select_for_update():
        PRICE_CHANGE_FLOW.move(change, to, actor=actor, **stamps)


def _form(changes: QuerySet[PriceChange], reason: str) -> dict[str, object]:
    moved = changes.aggregate(
        rise=Max("percent"),
        fall=Min("percent"),
    )
    return {
        "changes": changes.count(),
        "rise": max(moved["rise"] or Decimal(0), Decimal(0)),
        "fall": -min(moved["fall"] or Decimal(0), Decimal(0)),
        "reason": reason,
    }
