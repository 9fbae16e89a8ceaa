"""Importing a vendor's bill: start, run, repeat."""

import uuid
import zlib
from datetime import date, datetime
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q

from apps.clouds.events import BillImportEnded, BillImportRequested
from apps.clouds.importing.reader import fingerprint
from apps.clouds.importing.refusals import (
    BillFileIsUnreadable,
    ImportIsRunning,
    ImportKeepsBreaking,
    ImportWasTakenOver,
    RowsAreBad,
    TooMuchIsMissing,
    remember,
)
from apps.clouds.importing.states import (
    IMPORT_FLOW,
    BillImportPerm,
    ImportScope,
    ImportStatus,
)
from apps.clouds.models import BillImport, BillPeriod, CloudAccount
from apps.clouds.services import rating, settling
from apps.clouds.services.import_run import LEASE, Clock, ImportRun
from apps.core import audit
from apps.core.errors import DomainError
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.core.retry import retry_txn
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

MOST_ATTEMPTS = 5
UNREADABLE = (OSError, EOFError, zlib.error)
OPEN = (ImportStatus.WAITING, ImportStatus.RUNNING)


@transaction.atomic
def start_import(
    *,
    tenant: Tenant,
    content: "File[bytes]",
    file_name: str,
    actor: User | None,
    now: datetime,
    account: CloudAccount | None = None,
    month: date | None = None,
    scope: ImportScope = ImportScope.COMPLETE,
    may_withdraw: bool = False,
    is_job: bool = True,
) -> BillImport:
    """
    Take a file in; a job reads it, or with `is_job` False the caller himself.

    A file that is here already is not taken in again, unless others have changed its months.
    Trusted: with `actor` None it is the command line that asks.
    :raises BillFileIsUnreadable: if it is packed and damaged
    """
    if actor is not None:
        rbac.require(actor, BillImportPerm.ADD, account)
    mark = _fingerprint(content)
    known = _known(tenant=tenant, mark=mark, month=month, scope=scope)
    if known is not None:
        return known
    bill_import = BillImport.objects.create(
        tenant=tenant,
        account=account,
        month=month,
        scope=scope,
        file=File(content.file, name=file_name),
        file_name=file_name[-200:],
        fingerprint=mark,
        may_withdraw=may_withdraw,
        created_by=actor,
        created_at=now,
    )
    audit.record(actor=actor, verb="billimport.started", thing=bill_import, file=file_name)
    return _requested(bill_import) if is_job else bill_import


def _requested(bill_import: BillImport) -> BillImport:
    publish(BillImportRequested(bill_import_id=bill_import.pk))
    return bill_import


def _fingerprint(content: "File[bytes]") -> str:
    try:
        return fingerprint(cast(BinaryIO, content.file))
    except UNREADABLE as error:
        raise BillFileIsUnreadable(reason=str(error)) from error


def _known(
    *, tenant: Tenant, mark: str, month: date | None, scope: ImportScope
) -> BillImport | None:
    """The import of the same file, unless another file has changed the same months since."""
    same = BillImport.objects.filter(tenant=tenant, fingerprint=mark, month=month, scope=scope)
    known = same.exclude(status__in=(ImportStatus.FAILED, ImportStatus.BLOCKED)).first()
    if known is None or known.status != ImportStatus.DONE:
        return known
    touched = BillPeriod.objects.filter(pk__in=known.totals.get("periods", []))
    return None if touched.filter(last_import__pk__gt=known.pk).exists() else known


def run_import(*, bill_import_id: int, clock: Clock, may_take_over: bool = False) -> BillImport:
    """
    Import the file to its end, then bill the customers whose lines changed.

    Trusted: the job of `start_import`. Commits as it goes; run again, it goes on.
    :raises ImportIsRunning: if another worker is at it; `may_take_over` claims it all the same
    """
    job = _claimed(bill_import_id=bill_import_id, clock=clock, may_take_over=may_take_over)
    run = ImportRun(job, clock)
    try:
        if job.attempts > MOST_ATTEMPTS:
            raise ImportKeepsBreaking(attempts=MOST_ATTEMPTS)
        _work(run)
    except ImportWasTakenOver:
        raise
    except DomainError as refusal:
        stopped = isinstance(refusal, RowsAreBad | TooMuchIsMissing)
        to = ImportStatus.BLOCKED if stopped else ImportStatus.FAILED
        retry_txn(_end)(run, to, problem=remember(refusal))
    finally:
        _release(job)
    job.refresh_from_db()
    failpoint("clouds.bill_import_ended")
    if run.written or run.withdrawn or job.status == ImportStatus.DONE:
        rating.rate_due_months(tenant_id=job.tenant_id, months=sorted(run.months()), clock=clock)
    return job


def _claimed(*, bill_import_id: int, clock: Clock, may_take_over: bool) -> BillImport:
    now = clock()
    token = uuid.uuid4().hex
    free = Q() if may_take_over else Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    open_ones = BillImport.objects.filter(pk=bill_import_id, status__in=OPEN).filter(free)
    claim = {"claim": token, "claimed_until": now + LEASE, "attempts": F("attempts") + 1}
    if open_ones.update(**claim) != 1:
        raise ImportIsRunning
    job = BillImport.objects.select_related("account").get(pk=bill_import_id)
    if job.status == ImportStatus.WAITING:
        retry_txn(IMPORT_FLOW.move)(
            job,
            ImportStatus.RUNNING,
            actor=None,
            started_at=now,
            finished_at=None,
            problem={},
        )
    return job


def _work(run: ImportRun) -> None:
    try:
        run.store_file()
    except UNREADABLE as error:
        raise BillFileIsUnreadable(reason=str(error)) from error
    totals = retry_txn(settling.settle)(run=run)
    failpoint("clouds.bill_settled")
    retry_txn(_end)(run, ImportStatus.DONE, totals=totals)


def _end(run: ImportRun, to: ImportStatus, **facts: Any) -> None:
    job = BillImport.objects.lock(run.job)
    if job.claim != run.job.claim:
        raise ImportWasTakenOver
    IMPORT_FLOW.move(
        job,
        to,
        actor=None,
        finished_at=run.clock(),
        doubts=run.doubts() if run.good + run.bad else [],
        lines_withdrawn=job.lines_withdrawn + run.withdrawn,
        **facts,
    )
    publish(BillImportEnded(bill_import_id=job.pk, attempt=job.attempts))


def _release(job: BillImport) -> None:
    """Whatever stopped the run, the next one need not wait for the lease to end."""
    BillImport.objects.filter(pk=job.pk, claim=job.claim).update(claimed_until=None)


@transaction.atomic
def retry_import(
    *, bill_import: BillImport, actor: User, now: datetime, may_withdraw: bool = False
) -> BillImport:
    """
    Let a failed or blocked import run once more, this time perhaps with leave to withdraw.

    :raises IllegalTransition: if it is neither failed nor blocked
    """
    rbac.require(actor, BillImportPerm.RETRY, bill_import)
    bill_import = BillImport.objects.lock(bill_import)
    IMPORT_FLOW.move(
        bill_import,
        ImportStatus.WAITING,
        actor=actor,
        may_withdraw=may_withdraw or bill_import.may_withdraw,
        claimed_until=None,
        attempts=0,
        problem={},
    )
    return _requested(bill_import)


def waiting_imports(*, now: datetime) -> list[int]:
    """
    Imports that nobody works on: not yet begun, or left behind by a worker that died.

    Trusted: the sweep asks.
    """
    left = BillImport.objects.filter(status__in=OPEN).filter(
        Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    )
    return list(left.order_by("pk").values_list("pk", flat=True)[:100])
