from celery import shared_task
from django.utils import timezone

from apps.orders import services


@shared_task(name="orders.run_saga")
def run_saga(*, saga_id: int, **_: object) -> bool:
    """Push one order on; doubled messages find the lease taken."""
    return services.run_saga(saga_id=saga_id, now=timezone.now())


@shared_task(name="orders.run_due_sagas")
def run_due_sagas(**_: object) -> int:
    """Find orders whose job was lost, or whose pause is over."""
    due = services.run_due_sagas(now=timezone.now())
    for saga_id in due:
        run_saga.delay(saga_id=saga_id)
    return len(due)


@shared_task(name="orders.cancel_unpaid")
def cancel_unpaid(**_: object) -> int:
    return services.cancel_unpaid(now=timezone.now())
