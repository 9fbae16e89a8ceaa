from datetime import timedelta

import structlog
from celery import shared_task
from django.utils import timezone

from apps.billing import services
from apps.billing.channels import ONLINE
from apps.billing.enums import RechargeStatus
from apps.billing.errors import ChannelIsUnavailable
from apps.billing.models import Recharge
from apps.core.errors import DomainError
from apps.core.retry import retry_txn

log = structlog.get_logger()
NOTICE_DUE = timedelta(seconds=60)  # a notice usually comes within seconds of the payment
BATCH = 200


@shared_task(name="billing.settle_recharges")
def settle_recharges(**_: object) -> int:
    """Ask the channel about recharges that no notice has settled; how many were asked about."""
    now = timezone.now()
    due = Recharge.objects.to_settle(created_before=now - NOTICE_DUE)
    ids = due.order_by("asked_at", "pk").values_list("pk", flat=True)[:BATCH]
    for recharge_id in ids:
        settle_recharge.delay(recharge_id=recharge_id)
    return len(ids)


@shared_task(
    name="billing.settle_recharge",
    autoretry_for=(ChannelIsUnavailable,),
    retry_backoff=True,
    max_retries=2,
)
def settle_recharge(*, recharge_id: int, **_: object) -> None:
    """Ask about one recharge. A refusal is for people: the log names it, the sweep comes again."""
    recharge = Recharge.objects.get(pk=recharge_id)
    if recharge.channel not in ONLINE or recharge.status == RechargeStatus.PAID:
        return
    try:
        trade = services.ask_channel(recharge=recharge, now=timezone.now())
        retry_txn(services.settle_recharge)(recharge=recharge, trade=trade, now=timezone.now())
    except ChannelIsUnavailable:
        raise
    except DomainError as error:
        log.error("recharge could not be settled", number=recharge.number, code=error.code)


@shared_task(name="billing.verify_ledger")
def verify_ledger(**_: object) -> int:
    """Prove the books; the number of differences. Payouts stop by themselves if there is one."""
    report = services.run_verification(now=timezone.now())
    for finding in report.findings:
        log.error("ledger difference", finding=str(finding))
    return len(report.findings)
