"""What a payment channel tells us unasked: judged, remembered, acted on once."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.db import IntegrityError, transaction

from apps.billing import channels
from apps.billing.channels import Gateway, Notice
from apps.billing.channels.alipay import PAID, SHANGHAI
from apps.billing.enums import Channel, NoticeOutcome
from apps.billing.models import PaymentNotice, Recharge
from apps.billing.services.recharges import confirm_recharge
from apps.core.errors import DomainError
from apps.core.money import parse_yuan

log = structlog.get_logger()
# Alipay repeats a notice for 25 hours; older ones are replays, and the query has settled them.
MAX_AGE = timedelta(hours=26)
MAX_AHEAD = timedelta(minutes=5)


@transaction.atomic
def receive_notice(*, channel: str, fields: Mapping[str, str], now: datetime) -> bool:
    """Whether the channel may stop repeating this notice: it is done, or there is nothing to do.

    Why a notice is refused goes to the log and, if it was signed, to its row; never to the sender.
    One transaction holds the notice's row and the credit, so that neither is there alone.
    Trusted: the notice's signature is what is trusted.
    """
    gateway = channels.gateway(channel)
    notice = gateway.read_notice(fields)
    if notice is None:
        log.warning("payment notice with a bad signature", channel=channel)
        return False
    reason = _refusal(notice, gateway, now)
    if reason:
        log.warning("payment notice refused", channel=channel, reason=reason, **notice.facts())
        return False
    return _act(Channel(channel), notice, now)


def _refusal(notice: Notice, gateway: Gateway, now: datetime) -> str:
    """Why a signed notice is not for us, or empty."""
    if not notice.event or not notice.number:
        return "incomplete"
    if notice.app_id != gateway.app_id:
        return "another application"
    if notice.seller_id != gateway.seller_id:
        return "another seller"
    if not _is_fresh(notice, now):
        return "stale"
    return ""


def _is_fresh(notice: Notice, now: datetime) -> bool:
    try:
        sent_at = datetime.strptime(notice.sent_at, "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
    except ValueError:
        return False
    return -MAX_AHEAD <= now - sent_at <= MAX_AGE


def _act(channel: Channel, notice: Notice, now: datetime) -> bool:
    """Insert the notice first: of two copies the second waits here, and finds it done."""
    row = _insert(channel, notice, now)
    if row is None:
        copies = PaymentNotice.objects.filter(provider=channel, event=notice.event)
        if copies.exclude(outcome=NoticeOutcome.REFUSED).exists():
            return True  # done by an earlier copy; nothing is locked, so many copies never clash
        row = copies.select_for_update().get()
        if row.outcome != NoticeOutcome.REFUSED:
            return True
    row.recharge = Recharge.objects.filter(number=notice.number, channel=channel).first()
    row.outcome, row.reason = _judge(row.recharge, notice, now)
    row.save(update_fields=["recharge", "outcome", "reason"])
    if row.outcome == NoticeOutcome.REFUSED:
        log.warning("payment notice refused", reason=row.reason, **notice.facts())
    return row.outcome != NoticeOutcome.REFUSED


def _insert(channel: Channel, notice: Notice, now: datetime) -> PaymentNotice | None:
    try:
        with transaction.atomic():
            return PaymentNotice.objects.create(
                provider=channel,
                event=notice.event,
                outcome=NoticeOutcome.REFUSED,
                facts=notice.facts(),
                received_at=now,
            )
    except IntegrityError:
        return None


def _judge(recharge: Recharge | None, notice: Notice, now: datetime) -> tuple[NoticeOutcome, str]:
    if recharge is None:
        return NoticeOutcome.REFUSED, "unknown number"  # perhaps not committed yet: it comes again
    if notice.is_refund or notice.status not in PAID:
        return NoticeOutcome.KNOWN, ""
    try:
        amount = parse_yuan(notice.amount)
        confirm_recharge(
            number=notice.number, amount=amount, channel_trade_no=notice.trade_no, now=now
        )
    except DomainError as error:
        return NoticeOutcome.REFUSED, error.code
    return NoticeOutcome.CREDITED, ""
