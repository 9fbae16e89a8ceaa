from apps.billing import tasks
from apps.billing.events import SettlementRequested
from apps.core.events import on


@on(SettlementRequested)
def ask_the_channel(event: SettlementRequested) -> None:
    tasks.settle_recharge.delay(recharge_id=event.recharge_id)
