"""Money on its way in: started by the customer, confirmed by the channel, credited once."""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.timezone import localdate

from apps.billing import channels
from apps.billing.channels import Trade
from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import (
    CLEARING,
    RECHARGE_FLOW,
    RECHARGE_LIFETIME,
    RECHARGE_MAX,
    RECHARGE_MIN,
    AccountKind,
    Channel,
    EntryKind,
    RechargePerm,
    RechargeStatus,
)
from apps.billing.errors import (
    AmountDiffers,
    ChannelIsNotOffered,
    RechargeIsOutOfRange,
    RechargeIsUnknown,
    TradeWasUsed,
)
from apps.billing.events import RechargePaid, SettlementRequested
from apps.billing.models import Recharge
from apps.billing.services import lots, settling
from apps.billing.services.posting import ensure_positive, lock_wallets, month_of, post_locked
from apps.core import audit
from apps.core.events import publish
from apps.core.money import format_yuan
from apps.core.numbers import next_number
from apps.customers.models import Customer
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def start_recharge(
    *, customer: Customer, amount: Decimal, channel: str, actor: User, now: datetime
) -> Recharge:
    """A recharge to be paid at its `pay_url` until it expires.

    :raises RechargeIsOutOfRange: if the amount is below or above what is taken online
    :raises ChannelIsNotOffered: if the channel has no payment page
    """
    rbac.require(actor, RechargePerm.START, customer)
    if not RECHARGE_MIN <= amount <= RECHARGE_MAX:
        limits = {"minimum": format_yuan(RECHARGE_MIN), "maximum": format_yuan(RECHARGE_MAX)}
        message = str(RechargeIsOutOfRange.message).format(**limits)
        raise RechargeIsOutOfRange(fields={"amount": message}, **limits)
    ensure_positive(amount=amount)
    if channel not in channels.ONLINE:
        raise ChannelIsNotOffered(channel=channel)
    recharge = _create(customer, amount, Channel(channel), actor, now)
    recharge.pay_url = channels.gateway(channel).pay_url(channels.order_of(recharge))
    recharge.save(update_fields=["pay_url"])
    audit.record(actor=actor, verb="recharge.started", thing=recharge, amount=str(amount))
    return recharge


@transaction.atomic
def record_bank_recharge(
    *, customer: Customer, amount: Decimal, reference: str, actor: User, now: datetime
) -> Recharge:
    """Credit a transfer that finance has found on the bank account; `reference` is the bank's.

    :raises TradeWasUsed: if that transfer has been credited already
    """
    rbac.require(actor, RechargePerm.CONFIRM, customer)
    return credit_transfer(
        customer=customer, amount=amount, reference=reference, actor=actor, now=now
    )


@transaction.atomic
def credit_transfer(
    *, customer: Customer, amount: Decimal, reference: str, actor: User, now: datetime
) -> Recharge:
    """Credit a bank transfer. Trusted: it has been approved, or the actor may.

    :raises TradeWasUsed: if that transfer has been credited already
    """
    ensure_positive(amount=amount)
    recharge = _create(customer, amount, Channel.BANK, actor, now)
    return confirm_recharge(
        number=recharge.number, amount=amount, channel_trade_no=reference, now=now, actor=actor
    )


def is_reference_used(*, reference: str) -> bool:
    """Whether a bank transfer with this number has been credited. Trusted: reads."""
    known = Recharge.objects.filter(channel=Channel.BANK, channel_trade_no=reference)
    return known.exists()


@transaction.atomic
def confirm_recharge(
    *,
    number: str,
    amount: Decimal,
    channel_trade_no: str,
    now: datetime,
    actor: User | None = None,
) -> Recharge:
    """Credit a recharge that its channel says is paid; once, however often it says so.

    A debt is repaid from it first. Money that comes after the recharge was closed is credited too.
    Trusted: the channel's word has been verified.
    :raises RechargeIsUnknown: if we never started it
    :raises AmountDiffers: if another amount was paid than we asked for
    :raises TradeWasUsed: if the channel's transaction has paid another recharge
    """
    recharge = Recharge.objects.select_for_update().filter(number=number).first()
    if recharge is None:
        raise RechargeIsUnknown(number=number)
    if amount != recharge.amount:
        expected = format_yuan(recharge.amount)
        raise AmountDiffers(number=number, expected=expected, amount=format_yuan(amount))
    _ensure_trade_is_new(recharge, channel_trade_no)
    if recharge.status == RechargeStatus.PAID:
        return recharge
    _credit(recharge, now)
    RECHARGE_FLOW.move(
        recharge,
        RechargeStatus.PAID,
        actor=actor,
        paid_at=now,
        channel_trade_no=channel_trade_no,
    )
    publish(RechargePaid(recharge_id=recharge.pk, customer_id=recharge.customer_id))
    return recharge


@transaction.atomic
def request_settlement(*, recharge: Recharge, actor: User, now: datetime) -> Recharge:
    """Have the channel asked about a recharge soon, by a job: no page waits for the network."""
    rbac.require(actor, RechargePerm.SETTLE, recharge)
    audit.record(actor=actor, verb="recharge.settlement_requested", thing=recharge)
    publish(SettlementRequested(recharge_id=recharge.pk))
    return recharge


def ask_channel(*, recharge: Recharge, now: datetime) -> Trade:
    """What the channel says of a recharge; an expired one is closed there, so that nobody pays it.

    Goes over the network, so never call it inside a transaction.
    Trusted: the sweep, or a door that has checked who asks.
    :raises ChannelIsUnavailable: if the channel does not answer
    """
    gateway = channels.gateway(recharge.channel)
    Recharge.objects.filter(pk=recharge.pk).update(asked_at=now)
    trade = gateway.query(recharge.number)
    if trade.is_open and now >= recharge.expires_at:
        # Paid between the two calls, closing fails, and the next sweep finds the payment.
        gateway.close(recharge.number)
    return trade


@transaction.atomic
def settle_recharge(*, recharge: Recharge, trade: Trade, now: datetime) -> Recharge:
    """Apply what the channel said: credit what is paid, close what has expired.

    Trusted: `trade` comes from `ask_channel`.
    """
    if trade.is_paid:
        return confirm_recharge(
            number=recharge.number,
            amount=trade.amount,
            channel_trade_no=trade.trade_no,
            now=now,
        )
    recharge = Recharge.objects.lock(recharge)
    if recharge.status == RechargeStatus.CREATED and now >= recharge.expires_at:
        RECHARGE_FLOW.move(recharge, RechargeStatus.CLOSED, actor=None, closed_at=now)
    return recharge


def _create(
    customer: Customer, amount: Decimal, channel: Channel, actor: User, now: datetime
) -> Recharge:
    return Recharge.objects.create(
        tenant_id=customer.tenant_id,
        customer=customer,
        number=next_number("REC", on=localdate(now)),
        channel=channel,
        amount=amount,
        started_by=actor,
        created_at=now,
        expires_at=now + RECHARGE_LIFETIME,
    )


def _ensure_trade_is_new(recharge: Recharge, trade_no: str) -> None:
    if recharge.status == RechargeStatus.PAID and recharge.channel_trade_no != trade_no:
        raise TradeWasUsed
    others = Recharge.objects.filter(channel=recharge.channel, channel_trade_no=trade_no)
    if others.exclude(pk=recharge.pk).exists():
        raise TradeWasUsed


def _credit(recharge: Recharge, now: datetime) -> None:
    customer_id = recharge.customer_id
    source = ("billing.Recharge", str(recharge.pk))
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[customer_id])
        clearing = of_tenant(CLEARING[Channel(recharge.channel)], recharge.tenant_id)
        posting = Posting(
            key=f"recharge:{recharge.number}",
            kind=EntryKind.RECHARGE,
            legs=(Leg(clearing, of_customer(AccountKind.CASH, customer_id), recharge.amount),),
            source=source,
            period=month_of(now=now),
            now=now,
            note=recharge.number,
        )
        [entry] = post_locked(cursor=cursor, wallets=wallets, postings=[posting])
        lots.open_lot(entry=entry, amount=recharge.amount, recharge=recharge)
        settling.repay_debt(
            cursor=cursor,
            wallets=wallets,
            customer_id=customer_id,
            key=f"repayment:{recharge.number}",
            source=source,
            now=now,
            note=recharge.number,
        )
