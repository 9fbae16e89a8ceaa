"""Asking for a decision on money. What it means once it is made: apps.billing.approvals."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.billing.enums import InvoiceKind, WalletPerm, WithdrawalRoute
from apps.billing.errors import AmountIsNotPositive, LimitIsTheSame, ReversalIsTooHigh
from apps.billing.models import Entry
from apps.billing.selectors import wallet_of
from apps.billing.services.adjusting import reversible
from apps.billing.services.posting import ZERO, ensure_positive
from apps.billing.services.wallets import wallet_subject
from apps.core.money import format_yuan, round_fen
from apps.customers.models import Customer
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User


@transaction.atomic
def request_credit_limit(
    *,
    customer: Customer,
    amount: Decimal,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that the customer may owe up to `amount`.

    :raises LimitIsTheSame: if he may already
    :raises SubjectIsPending: if it has been asked for already
    """
    rbac.require(actor, WalletPerm.REQUEST, customer)
    before = wallet_of(customer).credit_limit
    if amount < ZERO:
        raise AmountIsNotPositive
    if round_fen(amount) == before:
        raise LimitIsTheSame(limit=format_yuan(before))
    title = _("{customer}: credit limit {before} → {after}")
    return _submit(
        "billing.credit_limit",
        customer,
        title.format(customer=customer.name, before=format_yuan(before), after=format_yuan(amount)),
        {"amount": amount, "amount_before": before, "reason": reason},
        actor,
        now,
        subject=wallet_subject(customer=customer),
        attachments=attachments,
    )


@transaction.atomic
def request_adjustment(
    *,
    entry: Entry,
    amount: Decimal,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that `amount` of an entry be reversed.

    :raises EntryIsNotReversible: if it is of a kind that corrects itself
    :raises ReversalIsTooHigh: if less than that is left of it
    :raises SubjectIsPending: if it has been asked for already
    """
    rbac.require(actor, WalletPerm.REQUEST, entry)
    ensure_positive(amount=amount)
    left = reversible(entry=entry)
    if amount > left:
        raise ReversalIsTooHigh(entry=entry.number, left=format_yuan(left))
    customer = Customer.objects.get(pk=entry.customer_id or 0)
    title = _("{customer}: reverse {amount} of {entry}")
    return _submit(
        "billing.adjustment",
        customer,
        title.format(customer=customer.name, amount=format_yuan(amount), entry=entry.number),
        {"amount": amount, "entry": entry.number, "reason": reason},
        actor,
        now,
        subject=("billing.Entry", entry.pk),
        attachments=attachments,
    )


@transaction.atomic
def request_offline_recharge(
    *,
    customer: Customer,
    amount: Decimal,
    payer: str,
    reference: str,
    received_on: date,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask finance to credit a bank transfer to the customer."""
    rbac.require(actor, WalletPerm.REQUEST, customer)
    ensure_positive(amount=amount)
    form = {
        "amount": amount,
        "payer": payer,
        "reference": reference,
        "received_on": received_on.isoformat(),
        "reason": reason,
    }
    title = _("{customer}: bank transfer of {amount}")
    return _submit(
        "billing.offline_recharge",
        customer,
        title.format(customer=customer.name, amount=format_yuan(amount)),
        form,
        actor,
        now,
        attachments=attachments,
    )


@transaction.atomic
def request_invoice(
    *,
    customer: Customer,
    amount: Decimal,
    invoice_kind: InvoiceKind,
    title: str,
    tax_number: str,
    email: str,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask for an invoice to the customer."""
    rbac.require(actor, WalletPerm.REQUEST_PAYOUT, customer)
    ensure_positive(amount=amount)
    form = {
        "amount": amount,
        "invoice_kind": InvoiceKind(invoice_kind).value,
        "title": title,
        "tax_number": tax_number,
        "email": email,
        "reason": reason,
    }
    text = _("{customer}: invoice over {amount}")
    return _submit(
        "billing.invoice",
        customer,
        text.format(customer=customer.name, amount=format_yuan(amount)),
        form,
        actor,
        now,
        attachments=attachments,
    )


@transaction.atomic
def request_withdrawal(
    *,
    customer: Customer,
    amount: Decimal,
    route: WithdrawalRoute,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that cash of the customer be paid out.

    :raises SubjectIsPending: if he waits for another withdrawal
    """
    rbac.require(actor, WalletPerm.REQUEST_PAYOUT, customer)
    ensure_positive(amount=amount)
    title = _("{customer}: withdrawal of {amount}")
    return _submit(
        "billing.withdrawal",
        customer,
        title.format(customer=customer.name, amount=format_yuan(amount)),
        {"amount": amount, "route": WithdrawalRoute(route).value, "reason": reason},
        actor,
        now,
        subject=wallet_subject(customer=customer),
        attachments=attachments,
    )


@transaction.atomic
def request_supplier_settlement(
    *,
    tenant: Tenant,
    supplier: str,
    month: date,
    amount: Decimal,
    reason: str,
    actor: User,
    now: datetime,
    billed: Decimal | None = None,
    charged: Decimal | None = None,
    subject: tuple[str, int] | None = None,
    attachments: Attachments = (),
) -> Approval:
    """Ask that a supplier be paid for a month; `subject` is his bill, where there is one."""
    rbac.require(actor, WalletPerm.REQUEST_SETTLEMENT)
    ensure_positive(amount=amount)
    form = {
        "supplier": supplier,
        "month": f"{month:%Y-%m}",
        "amount": amount,
        "billed": billed,
        "charged": charged,
        "reason": reason,
    }
    title = _("{supplier} {month}: pay {amount}")
    return approvals.submit(
        kind="billing.supplier_settlement",
        title=title.format(supplier=supplier, month=f"{month:%Y-%m}", amount=format_yuan(amount)),
        form=form,
        applicant=actor,
        now=now,
        subject=subject,
        tenant=tenant,
        attachments=attachments,
    )


def _submit(
    kind: str,
    customer: Customer,
    title: str,
    form: dict[str, object],
    actor: User,
    now: datetime,
    *,
    subject: tuple[str, int] | None = None,
    attachments: Attachments = (),
) -> Approval:
    return approvals.submit(
        kind=kind,
        title=title,
        form=form,
        applicant=actor,
        now=now,
        subject=subject,
        customer_id=customer.pk,
        tenant=customer.tenant,
        attachments=attachments,
    )
