from celery import shared_task
from django.utils import timezone

from apps.clouds import services


@shared_task(name="clouds.run_price_sync")
def run_price_sync(*, price_sync_id: int, **_: object) -> str:
    """Fetch one vendor's price list; how it stands."""
    return services.run_price_sync(price_sync_id=price_sync_id, clock=timezone.now).status


@shared_task(name="clouds.start_price_syncs")
def start_price_syncs(**_: object) -> int:
    """Ask every vendor for his prices; how many began."""
    return services.start_price_syncs(now=timezone.now())


@shared_task(name="clouds.sweep_price_syncs")
def sweep_price_syncs(**_: object) -> int:
    """Go on with those whose job was lost, or whose cloud did not answer; how many there were."""
    waiting = services.waiting_price_syncs(now=timezone.now())
    for price_sync_id in waiting:
        run_price_sync.delay(price_sync_id=price_sync_id)
    return len(waiting)
