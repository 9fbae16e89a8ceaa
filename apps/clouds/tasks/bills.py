import structlog
from celery import shared_task
from django.utils import timezone

from apps.clouds.importing.refusals import ImportIsRunning, ImportWasTakenOver
from apps.clouds.services import imports, rating, rerating

log = structlog.get_logger(__name__)


@shared_task(name="clouds.run_bill_import")
def run_bill_import(*, bill_import_id: int, **_: object) -> str:
    """Import one file; how it ended. A file that somebody is at already is left to him."""
    try:
        job = imports.run_import(bill_import_id=bill_import_id, clock=timezone.now)
    except (ImportIsRunning, ImportWasTakenOver) as error:
        log.info("clouds.bill_import_left", bill_import_id=bill_import_id, code=error.code)
        return error.code
    return job.status


@shared_task(name="clouds.rate_due_months")
def rate_due_months(*, tenant_id: int | None = None, **_: object) -> int:
    """Bill customers for the months whose lines changed."""
    return rating.rate_due_months(tenant_id=tenant_id, clock=timezone.now)


@shared_task(name="clouds.rerate_usage")
def rerate_usage(**_: object) -> int:
    """Rate the months again whose steps may have changed."""
    return rerating.rerate_asked(clock=timezone.now)


@shared_task(name="clouds.sweep_bill_imports")
def sweep_bill_imports(**_: object) -> int:
    """Import the files whose job was lost or died; how many there were."""
    waiting = imports.waiting_imports(now=timezone.now())
    for bill_import_id in waiting:
        run_bill_import(bill_import_id=bill_import_id)
    return len(waiting)
