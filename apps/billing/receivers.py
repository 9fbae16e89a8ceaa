from django.utils import timezone

from apps.billing import tasks
from apps.billing.events import BillIssued, RechargePaid, SettlementRequested
from apps.billing.services import telling
from apps.core.events import on


@on(SettlementRequested)
def ask_the_channel(event: SettlementRequested) -> None:
    tasks.settle_recharge.delay(recharge_id=event.recharge_id)


@on(RechargePaid)
def tell_of_recharge(event: RechargePaid) -> None:
    telling.tell_of_recharge(recharge_id=event.recharge_id, now=timezone.now())


@on(BillIssued)
def tell_of_bill(event: BillIssued) -> None:
    telling.tell_of_bill(bill_id=event.bill_id, revision=event.revision, now=timezone.now())
