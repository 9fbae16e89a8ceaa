"""How vouchers reach customers: by a code, by staff, to many at once as a job."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.core import audit
from apps.core.events import publish
from apps.core.money import format_yuan
from apps.customers.models import Customer
from apps.notifications import services as notifications
from apps.products.campaigns import (
    ISSUE_FLOW,
    VOUCHER_FLOW,
    BatchStatus,
    IssueStatus,
    VoucherPerm,
    VoucherStatus,
)
from apps.products.errors import (
    BatchIsEmpty,
    BatchIsNotOpen,
    CodeIsUnknown,
    EnoughVouchers,
    NobodyIsChosen,
)
from apps.products.events import VouchersToIssue
from apps.products.messages import VOUCHER_RECEIVED
from apps.products.models import Voucher, VoucherBatch, VoucherIssue
from apps.rbac import services as rbac
from apps.rbac.models import User

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read as another
CODE_LENGTH = 12
MOST_CODES = 1000
CHUNK = 100


@transaction.atomic
def redeem_code(*, code: str, customer: Customer, actor: User, now: datetime) -> Voucher:
    """Give the customer the voucher that a code stands for.

    :raises CodeIsUnknown: if there is none, or it is somebody's, or its time is over
    :raises BatchIsEmpty: if all were claimed
    :raises EnoughVouchers: if the customer has as many as one can have
    """
    rbac.require(actor, VoucherPerm.REDEEM, customer)
    code = code.strip().upper()
    printed = Voucher.objects.filter(code=code, status=VoucherStatus.ISSUED).first()
    batch = printed.batch if printed else VoucherBatch.objects.filter(claim_code=code).first()
    if batch is None or not _is_open(batch, now) or not _reaches(batch, customer):
        raise CodeIsUnknown(fields={"code": CodeIsUnknown.message})
    if printed is None:
        return _hand_out(batch, customer, actor, now)
    batch = VoucherBatch.objects.lock(batch)
    _ensure_share(batch, customer)
    return _receive(Voucher.objects.lock(printed), batch, customer, actor, now)


@transaction.atomic
def issue_voucher(
    *, batch: VoucherBatch, customer: Customer, actor: User, now: datetime
) -> Voucher:
    """Give one customer a voucher.

    :raises BatchIsNotOpen: :raises BatchIsEmpty: :raises EnoughVouchers:
    """
    rbac.require(actor, VoucherPerm.ISSUE, batch)
    rbac.require(actor, "customers.view_customer", customer)
    voucher = _hand_out(batch, customer, actor, now)
    _tell(voucher, 1, now)
    return voucher


@transaction.atomic
def make_codes(*, batch: VoucherBatch, count: int, actor: User, now: datetime) -> list[Voucher]:
    """Vouchers that belong to whoever redeems their codes first.

    :raises BatchIsNotOpen: :raises BatchIsEmpty: if there are not that many left
    """
    rbac.require(actor, VoucherPerm.ISSUE, batch)
    batch = VoucherBatch.objects.lock(batch)
    _ensure_open(batch, now)
    _draw(batch, min(count, MOST_CODES))
    vouchers = Voucher.objects.bulk_create(
        Voucher(
            code=_new_code(),
            batch=batch,
            issued_at=now,
            valid_from=max(now, batch.valid_from),
            valid_until=_batch_end(batch, now),
        )
        for _ in range(min(count, MOST_CODES))
    )
    audit.record(actor=actor, verb="voucherbatch.codes_made", thing=batch, count=len(vouchers))
    return vouchers


@transaction.atomic
def start_issue(
    *, batch: VoucherBatch, customers: Sequence[Customer], actor: User, now: datetime, each: int = 1
) -> VoucherIssue:
    """Hand vouchers to many customers; a job does it.

    :raises BatchIsNotOpen: :raises NobodyIsChosen:
    """
    rbac.require(actor, VoucherPerm.ISSUE, batch)
    batch = VoucherBatch.objects.lock(batch)
    _ensure_open(batch, now)
    reached = sorted({customer.pk for customer in customers if _reaches(batch, customer)})
    if not reached:
        raise NobodyIsChosen
    issue = VoucherIssue.objects.create(
        batch=batch, customer_ids=reached, each=each, created_by=actor, created_at=now
    )
    audit.record(
        actor=actor, verb="voucherbatch.handed_out", thing=batch, customers=len(reached), each=each
    )
    publish(VouchersToIssue(issue_id=issue.pk))
    return issue


def run_issue(*, issue_id: int, now: datetime) -> VoucherIssue:
    """Hand out until all have got theirs. Trusted: a job; it may be killed and run again, for each
    hundred customers are one transaction together with how far it is."""
    while _run_chunk(issue_id, now):
        pass
    return VoucherIssue.objects.get(pk=issue_id)


def waiting_issues() -> list[int]:
    """Those whose job was lost or killed. Trusted: the sweep asks."""
    open_ones = VoucherIssue.objects.filter(status__in=[IssueStatus.WAITING, IssueStatus.RUNNING])
    return list(open_ones.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _run_chunk(issue_id: int, now: datetime) -> bool:
    """The next hundred customers; whether there are more."""
    issue = VoucherIssue.objects.select_for_update().get(pk=issue_id)
    if ISSUE_FLOW.is_final(issue.status):
        return False
    if issue.status == IssueStatus.WAITING:
        ISSUE_FLOW.move(issue, IssueStatus.RUNNING, actor=None)
    chunk = issue.customer_ids[issue.handled : issue.handled + CHUNK]
    customers = Customer.objects.filter(pk__in=chunk).in_bulk()
    for pk in chunk:
        try:
            with transaction.atomic():
                given = _give_some(issue, customers[pk], now)
        except (BatchIsEmpty, BatchIsNotOpen) as refusal:
            issue.problem = str(refusal)[:300]
            break
        issue.handled += 1
        issue.issued += given
        issue.skipped += not given
    issue.save(update_fields=["handled", "issued", "skipped", "problem"])
    is_done = issue.handled >= issue.total
    if issue.problem or is_done:
        end = IssueStatus.STOPPED if issue.problem else IssueStatus.DONE
        ISSUE_FLOW.move(issue, end, actor=None, ended_at=now)
    return not (issue.problem or is_done)


def _give_some(issue: VoucherIssue, customer: Customer, now: datetime) -> int:
    given = 0
    voucher = None
    for _ in range(issue.each):
        try:
            voucher = _hand_out(issue.batch, customer, issue.created_by, now)
        except EnoughVouchers:
            break
        given += 1
    if voucher is not None:
        _tell(voucher, given, now)
    return given


def _hand_out(
    batch: VoucherBatch, customer: Customer, actor: User | None, now: datetime
) -> Voucher:
    batch = VoucherBatch.objects.lock(batch)  # one at a time: exactly as many as there are
    _ensure_open(batch, now)
    _ensure_share(batch, customer)
    _draw(batch, 1)
    voucher = Voucher(
        code=_new_code(),
        batch=batch,
        issued_at=now,
        valid_from=max(now, batch.valid_from),
        valid_until=_batch_end(batch, now),
    )
    voucher.save(force_insert=True)
    return _receive(voucher, batch, customer, actor, now)


def _receive(
    voucher: Voucher, batch: VoucherBatch, customer: Customer, actor: User | None, now: datetime
) -> Voucher:
    until = _batch_end(batch, now)
    if batch.valid_days is not None:
        until = min(until, now + timedelta(days=batch.valid_days))
    VOUCHER_FLOW.move(
        voucher,
        VoucherStatus.AVAILABLE,
        actor=actor,
        customer=customer,
        received_at=now,
        valid_from=max(now, batch.valid_from),
        valid_until=until,
    )
    return voucher


def _draw(batch: VoucherBatch, count: int) -> None:
    room = VoucherBatch.objects.filter(pk=batch.pk, issued__lte=F("total") - count)
    if room.update(issued=F("issued") + count) != 1:
        raise BatchIsEmpty(batch=batch.name)


def _ensure_share(batch: VoucherBatch, customer: Customer) -> None:
    mine = Voucher.objects.filter(batch=batch, customer=customer)
    if mine.exclude(status=VoucherStatus.VOID).count() >= batch.per_customer:
        raise EnoughVouchers(batch=batch.name)


def _ensure_open(batch: VoucherBatch, now: datetime) -> None:
    if not _is_open(batch, now):
        raise BatchIsNotOpen(batch=batch.name, status=batch.get_status_display())


def _is_open(batch: VoucherBatch, now: datetime) -> bool:
    is_over = batch.valid_until is not None and batch.valid_until <= now
    return batch.status == BatchStatus.APPROVED and not is_over


def _reaches(batch: VoucherBatch, customer: Customer) -> bool:
    path: str = customer.tenant.path
    return path.startswith(batch.tenant.path)


def _batch_end(batch: VoucherBatch, now: datetime) -> datetime:
    return batch.valid_until or now + timedelta(days=batch.valid_days or 365)


def _new_code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(CODE_LENGTH))


def _tell(voucher: Voucher, count: int, now: datetime) -> None:
    if voucher.customer_id is None:
        raise AssertionError("Only vouchers of somebody are told of.")
    notifications.notify_customer(
        kind=VOUCHER_RECEIVED.code,
        customer_id=voucher.customer_id,
        facts={
            "name": voucher.batch.name,
            "count": str(count),
            "worth": format_yuan(voucher.batch.amount or Decimal(0)),
            "until": f"{timezone.localtime(voucher.valid_until):%Y-%m-%d %H:%M}",
        },
        key=f"voucher:{voucher.pk}:received",
        now=now,
        link="/vouchers",
        tenant=voucher.batch.tenant,
    )
