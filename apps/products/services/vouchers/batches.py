"""Batches of vouchers: drafted, decided in the approval centre, then handed out."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.core.numbers import next_number
from apps.products.campaigns import BATCH_FLOW, BatchStatus, VoucherPerm
from apps.products.enums import ChangeType
from apps.products.errors import BatchIsFrozen, BatchIsNotOpen
from apps.products.models import VoucherBatch
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

KIND = "products.voucher_batch"


@transaction.atomic
def open_batch(*, batch: VoucherBatch, tenant: Tenant, actor: User, now: datetime) -> VoucherBatch:
    """Keep a new draft; `batch` is not saved yet."""
    rbac.require(actor, "products.add_voucherbatch")
    batch.number = next_number("VCB", on=timezone.localdate(now))
    batch.tenant, batch.created_by, batch.created_at = tenant, actor, now
    batch.change = ChangeType.FACE_VALUE
    batch.claim_code = (batch.claim_code or "").strip().upper() or None
    batch.save(force_insert=True)
    return batch


@transaction.atomic
def request_batch(
    *,
    batch: VoucherBatch,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that vouchers of a draft may be handed out.

    :raises BatchIsFrozen: unless it is a draft
    :raises BatchIsNotOpen: if its time is over
    """
    rbac.require(actor, VoucherPerm.SUBMIT_BATCH, batch)
    batch = VoucherBatch.objects.lock(batch)
    ensure_batch_draft(batch=batch)
    if batch.valid_until is not None and batch.valid_until <= now:
        raise BatchIsNotOpen(batch=batch.name, status=batch.get_status_display())
    BATCH_FLOW.move(batch, BatchStatus.SUBMITTED, actor=actor)
    face = batch.amount or Decimal(0)
    return approvals.submit(
        kind=KIND,
        title=_("{batch}: {total} vouchers").format(batch=batch.name, total=batch.total)[:200],
        form={
            "batch": batch.name,
            "face": face,
            "total": str(batch.total),
            "amount": face * batch.total,
            "reason": reason,
        },
        applicant=actor,
        now=now,
        subject=("products.VoucherBatch", batch.pk),
        tenant=batch.tenant,
        attachments=attachments,
    )


@transaction.atomic
def approve_batch(*, batch: VoucherBatch, actor: User | None, now: datetime) -> VoucherBatch:
    """Let its vouchers be handed out. Trusted: it has been approved."""
    batch = VoucherBatch.objects.lock(batch)
    BATCH_FLOW.move(batch, BatchStatus.APPROVED, actor=actor, approved_at=now)
    return batch


@transaction.atomic
def return_batch(*, batch: VoucherBatch, now: datetime) -> VoucherBatch:
    """Make it a draft again. Trusted: its approval was refused or taken back."""
    batch = VoucherBatch.objects.lock(batch)
    if batch.status == BatchStatus.SUBMITTED:
        BATCH_FLOW.move(batch, BatchStatus.DRAFT, actor=None)
    return batch


@transaction.atomic
def close_batch(
    *, batch: VoucherBatch, actor: User, now: datetime, reason: str = ""
) -> VoucherBatch:
    """Hand out no more. Vouchers that customers have stay theirs."""
    rbac.require(actor, VoucherPerm.CLOSE_BATCH, batch)
    batch = VoucherBatch.objects.lock(batch)
    BATCH_FLOW.move(batch, BatchStatus.CLOSED, actor=actor, reason=reason, closed_at=now)
    return batch


@transaction.atomic
def note_batch_edit(*, batch: VoucherBatch, now: datetime) -> None:
    """It was edited: what is being decided is no longer what would happen. Trusted: the edit was
    allowed, and happens in this transaction.

    :raises BatchIsFrozen: if vouchers of it exist, or may
    """
    batch = VoucherBatch.objects.lock(batch)
    if batch.status == BatchStatus.SUBMITTED:
        approvals.void_for_subject(
            subject=("products.VoucherBatch", batch.pk),
            kind=KIND,
            reason=_("The batch was edited."),
            now=now,
        )
        BATCH_FLOW.move(batch, BatchStatus.DRAFT, actor=None)
    ensure_batch_draft(batch=batch)


def ensure_batch_draft(*, batch: VoucherBatch) -> None:
    """Trusted: compares. :raises BatchIsFrozen: unless it is a draft"""
    if batch.status != BatchStatus.DRAFT:
        raise BatchIsFrozen(batch=batch.name, status=batch.get_status_display())
