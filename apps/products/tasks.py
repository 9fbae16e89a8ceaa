from celery import shared_task
from django.utils import timezone

from apps.products import services
from apps.products.errors import ImportIsRunning


@shared_task(name="products.refresh_shelf")
def refresh_shelf(**_: object) -> int:
    """Carry what changed in the catalogue into its search; how many products."""
    return services.refresh_changed(now=timezone.now())


@shared_task(name="products.issue_vouchers")
def issue_vouchers(*, issue_id: int, **_: object) -> str:
    """Hand vouchers to all who were chosen; how it ended."""
    return services.run_issue(issue_id=issue_id, now=timezone.now()).status


@shared_task(name="products.issue_waiting_vouchers")
def issue_waiting_vouchers(**_: object) -> int:
    """Go on where a job was lost or killed."""
    waiting = services.waiting_issues()
    for issue_id in waiting:
        issue_vouchers.delay(issue_id=issue_id)
    return len(waiting)


@shared_task(name="products.close_what_is_over")
def close_what_is_over(**_: object) -> int:
    """End campaigns and vouchers whose time is over."""
    now = timezone.now()
    return services.end_campaigns(now=now) + services.expire_vouchers(now=now)


@shared_task(name="products.remind_of_vouchers")
def remind_of_vouchers(**_: object) -> int:
    """Tell customers of vouchers that end within a week."""
    return services.remind_of_vouchers(now=timezone.now())


@shared_task(name="products.apply_price_changes")
def apply_price_changes(**_: object) -> int:
    """Place the prices of what is approved; how many."""
    return services.apply_due(now=timezone.now())


@shared_task(name="products.expire_agreements")
def expire_agreements(**_: object) -> int:
    """Close the agreements whose prices are over."""
    return services.expire_agreements(now=timezone.now())


@shared_task(name="products.notice_agreements")
def notice_agreements(**_: object) -> int:
    """Find the agreements that end soon, and tell of each in a job of its own."""
    due = services.agreements_to_notice(now=timezone.now())
    for agreement_id in due:
        tell_of_expiry.delay(agreement_id=agreement_id)
    return len(due)


@shared_task(name="products.tell_of_expiry")
def tell_of_expiry(*, agreement_id: int, **_: object) -> bool:
    return services.tell_of_expiry(agreement_id=agreement_id, now=timezone.now())


@shared_task(name="products.run_dry_run")
def run_dry_run(*, dry_run_id: int, **_: object) -> str:
    """Try rules on past orders; how it ended."""
    return str(services.run_dry_run(dry_run_id=dry_run_id, clock=timezone.now).status)


@shared_task(name="products.run_waiting_dry_runs")
def run_waiting_dry_runs(**_: object) -> int:
    """Go on where a job was lost or killed."""
    waiting = services.waiting_dry_runs(now=timezone.now())
    for dry_run_id in waiting:
        run_dry_run.delay(dry_run_id=dry_run_id)
    return len(waiting)


@shared_task(name="products.run_catalogue_import")
def run_catalogue_import(*, import_id: int, **_: object) -> str:
    """Check or carry out one sheet; how it ended. One that somebody is at is left to him."""
    try:
        return services.run_import(import_id=import_id, clock=timezone.now).status
    except ImportIsRunning as error:
        return error.code


@shared_task(name="products.sweep_catalogue_imports")
def sweep_catalogue_imports(**_: object) -> int:
    """Go on with sheets whose job was lost or died; how many there were."""
    waiting = services.waiting_imports(now=timezone.now())
    for import_id in waiting:
        run_catalogue_import(import_id=import_id)
    return len(waiting)
