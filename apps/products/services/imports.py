"""Importing a sheet: taken in, checked by a job, shown, confirmed by a person, written by a job."""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import batched, islice
from typing import Any, BinaryIO, cast

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from apps.core import audit
from apps.core.errors import DomainError
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.core.retry import retry_txn
from apps.core.spreadsheets.readers import (
    LARGEST_FILE,
    SheetIsTooLarge,
    count_rows,
    fingerprint,
    read_sheet,
)
from apps.products.enums import ProductPerm
from apps.products.errors import ImportHasBadRows, ImportIsRunning, SheetHasNoRows, SheetIsUnusable
from apps.products.events import CatalogueImportRequested
from apps.products.models import CatalogueImport, RefusedRow
from apps.products.services import import_rows
from apps.products.services.import_rows import SHOWN, Context, Plan
from apps.products.sheets import Code, Parsed, Sheet, read_header
from apps.products.sheets.columns import parse
from apps.products.sheets.states import IMPORT_FLOW, ImportMode, ImportStatus
from apps.rbac import services as rbac
from apps.rbac.models import User

CHUNK = 1000
LEASE = timedelta(minutes=5)
MOST_ATTEMPTS = 5
RUNS = (ImportStatus.UPLOADED, ImportStatus.CONFIRMED)
OVER = (ImportStatus.FAILED, ImportStatus.DISCARDED)

type Clock = Callable[[], datetime]


@transaction.atomic
def start_import(
    *,
    sheet: Sheet,
    content: "File[bytes]",
    file_name: str,
    actor: User,
    now: datetime,
    mode: ImportMode = ImportMode.ALL,
    is_direct: bool = False,
) -> CatalogueImport:
    """Take a file in; a job checks it. A file that is here already is not taken in again.

    :raises SheetIsTooLarge:
    """
    rbac.require(actor, ProductPerm.IMPORT)
    if sheet == Sheet.PRICES:
        rbac.require(actor, ProductPerm.SET_PRICE if is_direct else ProductPerm.PROPOSE_PRICE)
    if content.size > LARGEST_FILE:
        raise SheetIsTooLarge
    mark = fingerprint(cast("BinaryIO", content.file))
    same = CatalogueImport.objects.filter(
        tenant=actor.tenant, fingerprint=mark, sheet=sheet, is_direct=is_direct
    )
    known = same.exclude(status__in=OVER).first()
    if known is not None:
        return known
    made = CatalogueImport.objects.create(
        tenant=actor.tenant,
        sheet=sheet,
        mode=mode,
        is_direct=is_direct,
        file=File(content.file, name=file_name),
        file_name=file_name[-200:],
        fingerprint=mark,
        created_by=actor,
        created_at=now,
    )
    audit.record(actor=actor, verb="catalogueimport.started", thing=made, file=file_name)
    publish(CatalogueImportRequested(import_id=made.pk))
    return made


@transaction.atomic
def confirm_import(
    *, catalogue_import: CatalogueImport, actor: User, now: datetime
) -> CatalogueImport:
    """Carry out what the preview showed.

    :raises ImportHasBadRows: if all rows were to be good, and some are not
    :raises IllegalTransition: if it does not wait for a yes
    """
    rbac.require(actor, ProductPerm.IMPORT, catalogue_import)
    row = CatalogueImport.objects.lock(catalogue_import)
    if row.mode == ImportMode.ALL and row.rows_bad:
        raise ImportHasBadRows(count=row.rows_bad)
    IMPORT_FLOW.move(
        row, ImportStatus.CONFIRMED, actor=actor, confirmed_at=now, attempts=0, rows_read=0
    )
    publish(CatalogueImportRequested(import_id=row.pk))
    return row


@transaction.atomic
def discard_import(
    *, catalogue_import: CatalogueImport, actor: User, now: datetime
) -> CatalogueImport:
    """Change nothing after all.

    :raises IllegalTransition: if it does not wait for a yes
    """
    rbac.require(actor, ProductPerm.IMPORT, catalogue_import)
    row = CatalogueImport.objects.lock(catalogue_import)
    IMPORT_FLOW.move(row, ImportStatus.DISCARDED, actor=actor)
    return row


def run_import(*, import_id: int, clock: Clock) -> CatalogueImport:
    """Check the file, or carry it out, to its end. Trusted: the job of `start_import`.

    Killed and run again it ends the same: what is written already has nothing left to change.
    :raises ImportIsRunning: if another worker is at it, or nothing is to be done
    """
    row = _claimed(import_id, clock())
    try:
        if row.attempts > MOST_ATTEMPTS:
            raise SheetIsUnusable(missing="—")
        _check(row, clock) if row.status == ImportStatus.UPLOADED else _carry_out(row, clock)
    except DomainError as refusal:
        retry_txn(_end)(row, ImportStatus.FAILED, clock(), problem=str(refusal)[:500])
    finally:
        CatalogueImport.objects.filter(pk=row.pk, claim=row.claim).update(claimed_until=None)
    row.refresh_from_db()
    return row


def waiting_imports(*, now: datetime) -> list[int]:
    """Files that nobody works on, though somebody should. Trusted: the sweep asks."""
    left = CatalogueImport.objects.filter(status__in=RUNS)
    free = left.filter(Q(claimed_until__isnull=True) | Q(claimed_until__lte=now))
    return list(free.order_by("pk").values_list("pk", flat=True)[:100])


def _claimed(import_id: int, now: datetime) -> CatalogueImport:
    token = uuid.uuid4().hex
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    waiting = CatalogueImport.objects.filter(free, pk=import_id, status__in=RUNS)
    claim = {"claim": token, "claimed_until": now + LEASE, "attempts": F("attempts") + 1}
    if waiting.update(**claim) != 1:
        raise ImportIsRunning
    return CatalogueImport.objects.select_related("tenant", "created_by").get(pk=import_id)


def _check(row: CatalogueImport, clock: Clock) -> None:
    """Everything but writing: counts, a preview, and each bad row with its reasons."""
    RefusedRow.objects.filter(catalogue_import=row).delete()
    with row.file.open("rb") as stored:
        _keep(row, clock(), rows_expected=count_rows(cast("BinaryIO", stored)))
    importer = import_rows.importer_for(sheet=row.sheet, context=_context(row, clock()))
    total = Plan()
    new = changed = bad = read = 0
    for rows in _chunks(row):
        plan = importer.plan(rows)
        refused = [one for one in rows if one.problems]
        RefusedRow.objects.bulk_create(
            RefusedRow(
                catalogue_import=row,
                line=one.line,
                problems=[problem.as_json() for problem in one.problems],
                cells=one.cells,
            )
            for one in refused
        )
        new, changed = new + len(plan.new), changed + len(plan.changed)
        bad, read = bad + len(refused), read + len(rows)
        total.same += plan.same
        total.shown = [*total.shown, *plan.shown][:SHOWN]
        _keep(row, clock(), rows_read=read, rows_bad=bad)
        failpoint("products.import_chunk_checked")
    if not read:
        raise SheetHasNoRows
    retry_txn(_end)(
        row,
        ImportStatus.CHECKED,
        clock(),
        rows_new=new,
        rows_changed=changed,
        rows_same=total.same,
        preview=total.shown,
    )


def _carry_out(row: CatalogueImport, clock: Clock) -> None:
    """All or nothing is one transaction; the good rows alone are committed part by part."""
    context = _context(row, clock())
    if row.mode == ImportMode.ALL:
        retry_txn(_write_all)(row, context, clock)
    else:
        importer = import_rows.importer_for(sheet=row.sheet, context=context)
        read = 0
        for rows in _chunks(row):
            retry_txn(lambda rows=rows: importer.write(importer.plan(rows)))()
            read += len(rows)
            _keep(row, clock(), rows_read=read)
            failpoint("products.import_chunk_written")
        retry_txn(_end)(row, ImportStatus.DONE, clock())


def _write_all(row: CatalogueImport, context: Context, clock: Clock) -> None:
    """:raises ImportHasBadRows: if a row went bad since it was checked; nothing is written then"""
    importer = import_rows.importer_for(sheet=row.sheet, context=context)
    for rows in _chunks(row):
        plan = importer.plan(rows)
        bad = sum(bool(one.problems) for one in rows)
        if bad:
            raise ImportHasBadRows(count=bad)
        importer.write(plan)
        failpoint("products.import_chunk_written")
    _end(row, ImportStatus.DONE, clock())


def _chunks(row: CatalogueImport) -> Iterator[list[Parsed]]:
    """:raises SheetIsUnusable: if the columns that name a row are missing"""
    with row.file.open("rb") as stored:
        rows = read_sheet(cast("BinaryIO", stored))
        header = next(iter(islice(rows, 1)), None)
        places, missing = read_header(row.sheet, header.cells if header else [])
        if missing:
            raise SheetIsUnusable(missing=", ".join(missing))
        names = header.cells if header else []
        if row.header != names:
            row.header = names
            CatalogueImport.objects.filter(pk=row.pk).update(header=names)
        seen: dict[tuple[str, ...], int] = {}
        for part in batched(rows, CHUNK):
            parsed = []
            for one in part:
                made = parse(one.line, one.cells, places, one.formulas)
                if len(one.cells) > len(names):
                    made.refuse(Code.WIDE, "", one.cells[-1])
                parsed.append(made)
            import_rows.refuse_doubles(rows=parsed, sheet=row.sheet, seen=seen)
            yield parsed


def _context(row: CatalogueImport, now: datetime) -> Context:
    return Context(
        tenant=row.tenant,
        by=row.created_by,
        now=now,
        is_direct=row.is_direct,
        reason=_("Import of {file}").format(file=row.file_name),
    )


def _keep(row: CatalogueImport, now: datetime, **columns: object) -> None:
    """Write down how far it is, and prolong the lease. :raises ImportIsRunning: if it was lost"""
    mine = CatalogueImport.objects.filter(pk=row.pk, claim=row.claim)
    if mine.update(claimed_until=now + LEASE, **columns) != 1:
        raise ImportIsRunning


@transaction.atomic
def _end(row: CatalogueImport, to: ImportStatus, now: datetime, **facts: Any) -> None:
    held = CatalogueImport.objects.lock(row)
    if held.claim != row.claim:
        raise ImportIsRunning
    stamp = "checked_at" if to == ImportStatus.CHECKED else "finished_at"
    stamps: dict[str, Any] = {stamp: now, **facts}
    IMPORT_FLOW.move(held, to, actor=None, **stamps)
