"""The vendor's bills of the demo's year: downloaded from the sandbox cloud and imported."""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.core.files import File
from django.utils import timezone

from apps.clouds import services as clouds
from apps.clouds.models import CloudAccount
from apps.clouds.services.imports import run_import, start_import
from kboss.demo.business import at


def bill_the_months(account: CloudAccount, *, since: datetime, until: datetime) -> None:
    """Import each month when the cloud would have closed it, and bill the customers."""
    for month in _months(since.date(), until.date()):
        closed = (month + timedelta(days=32)).replace(day=2)
        moment = min(datetime.combine(closed, until.timetz()), until)
        with at(moment) as now, tempfile.TemporaryFile() as content:
            clouds.download_bill(account=account, month=month, target=content)
            content.seek(0)
            job = start_import(
                tenant=account.tenant,
                content=File(content),
                file_name=f"focus-{month:%Y-%m}.csv",
                actor=None,
                now=now,
                account=account,
                month=month,
                is_job=False,
            )
            run_import(bill_import_id=job.pk, clock=timezone.now)


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + timedelta(days=32)).replace(day=1)
