"""One run over one file. Whatever interrupts it, the next run over the file ends the same."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal, localcontext
from typing import BinaryIO, cast
from zoneinfo import ZoneInfo

from django.conf import settings

from apps.clouds.importing.columns import version_of
from apps.clouds.importing.header import HeaderIsUnusable, read_header
from apps.clouds.importing.reader import BillFile, count_rows
from apps.clouds.importing.refusals import (
    BillFileIsEmpty,
    BillFileIsUnusable,
    ImportWasTakenOver,
)
from apps.clouds.importing.rows import BadRow, Checked, PeriodKey, RowChecker
from apps.clouds.importing.values import EXACT
from apps.clouds.models import BillImport, BillPeriod
from apps.clouds.models.imports import BadBillRow
from apps.clouds.selectors.bills import ZERO, Totals
from apps.clouds.services import line_store, parties
from apps.core.failpoints import failpoint
from apps.core.retry import retry_txn

CHUNK = 5000
LEASE = timedelta(minutes=5)
Clock = Callable[[], datetime]


class ImportRun:
    """
    Reads the file of a claimed import and stores its lines, chunk by chunk.

    What is already stored is found by the lines' identity, so a run that was killed is simply
    begun again. A chunk's lines, bad rows and progress are one transaction, and the progress is
    written under the claim: a worker that lost it can write nothing any more.
    """

    def __init__(self, bill_import: BillImport, clock: Clock) -> None:
        self.job = bill_import
        self.clock = clock
        self.checker: RowChecker
        self.seen: dict[bytes, int] = {}
        self.file: dict[PeriodKey, Totals] = {}
        self.services: dict[str, Totals] = {}
        self.periods: dict[PeriodKey, int] = {}
        self.written = 0
        self.withdrawn = 0
        self.good = 0
        self.bad = 0
        self.accounts: dict[parties.AccountKey, int] = {}

    def store_file(self) -> None:
        """
        Every row: the good ones become lines, the bad ones are kept with their reasons.

        :raises BillFileIsUnusable: if it cannot be read as FOCUS
        :raises BillFileIsEmpty: if there is a header only
        :raises PeriodIsBeingImported: if another file holds one of its periods
        """
        with self.job.file.open("rb") as stored:
            content = cast(BinaryIO, stored)
            expected = count_rows(content)
            with BillFile(content) as file:
                self._begin(file.header, expected)
                for chunk in file.chunks(CHUNK):
                    self._store(self.checker.check(chunk))
        if not self.good + self.bad:
            raise BillFileIsEmpty

    def _begin(self, cells: Sequence[str], expected: int) -> None:
        try:
            header = read_header(cells)
        except HeaderIsUnusable as error:
            raise BillFileIsUnusable(
                missing=", ".join(error.missing) or "—", doubled=", ".join(error.doubled) or "—"
            ) from error
        self.checker = RowChecker(
            header,
            tenant=self.job.tenant_id,
            zone=ZoneInfo(settings.TIME_ZONE),
            month=self.job.month,
        )
        known = BillPeriod.objects.filter(tenant_id=self.job.tenant_id)
        for provider, account, month, currency, pk in known.values_list(
            "provider_name", "billing_account_id", "month", "currency", "pk"
        ):
            self.checker.currencies[provider, account, month] = currency
            self.periods[provider, account, month] = pk
        retry_txn(self._forget_last_run)()
        self._keep(
            header=list(header.names),
            version=version_of(frozenset(header.names)),
            rows_expected=expected,
            rows_read=0,
            rows_good=0,
            rows_bad=0,
        )

    def _forget_last_run(self) -> None:
        BadBillRow.objects.filter(bill_import=self.job).delete()

    def _keep(self, **columns: object) -> None:
        """
        Write down how far the import is, and prolong the lease.

        :raises ImportWasTakenOver: if somebody else claimed it meanwhile
        """
        mine = BillImport.objects.filter(pk=self.job.pk, claim=self.job.claim)
        if mine.update(claimed_until=self.clock() + LEASE, **columns) != 1:
            raise ImportWasTakenOver

    def _store(self, checked: Checked) -> None:
        occurrences = self._count(checked)
        identities = [
            f"{month:%Y%m}{digest.hex()}"
            for month, digest in zip(checked.months, checked.digests, strict=True)
        ]
        # Committed by themselves: a chunk that is rolled back and repeated still knows them.
        fresh = set(checked.periods).difference(self.periods)
        if fresh:
            self.periods |= retry_txn(parties.find_periods)(
                job=self.job, currencies={key: self.checker.currencies[key] for key in fresh}
            )
        unknown = set(checked.sub_accounts).difference(self.accounts)
        if unknown:
            names = dict(zip(checked.sub_accounts, checked.values["sub_account_name"], strict=True))
            self.accounts |= retry_txn(parties.find_sub_accounts)(
                tenant_id=self.job.tenant_id, names={key: names[key] for key in unknown}
            )
        self.written += retry_txn(self._store_chunk)(checked, identities, occurrences)
        failpoint("clouds.bill_chunk_stored")

    def _count(self, checked: Checked) -> list[int]:
        """Which of its equals each row is, in this file."""
        self.good += len(checked.rows)
        self.bad += len(checked.bad)
        seen = self.seen
        occurrences = []
        for digest in checked.digests:
            count = seen.get(digest, 0) + 1
            seen[digest] = count
            occurrences.append(count)
        values = checked.values
        costs = (values["list_cost"], values["billed_cost"])
        _add_up(self.file, checked.periods, *costs)
        _add_up(self.services, values["service_name"], *costs)
        return occurrences

    def _store_chunk(self, checked: Checked, identities: list[str], occurrences: list[int]) -> int:
        chosen = _missing(identities, occurrences)
        if chosen:
            period_ids = [self.periods[key] for key in checked.periods]
            if parties.hold(job=self.job, period_ids={period_ids[place] for place, *_ in chosen}):
                # Somebody may have written between our look and our hold.
                chosen = _missing(identities, occurrences)
            line_store.insert_lines(
                checked=checked,
                chosen=chosen,
                period_ids=period_ids,
                sub_account_ids=[self.accounts[key] for key in checked.sub_accounts],
                bill_import_id=self.job.pk,
            )
        self._keep_bad_rows(checked.bad)
        self._keep(
            rows_read=self.good + self.bad,
            rows_good=self.good,
            rows_bad=self.bad,
            lines_written=self.job.lines_written + self.written + len(chosen),
        )
        failpoint("clouds.bill_chunk_written")
        return len(chosen)

    def _keep_bad_rows(self, bad: list[BadRow]) -> None:
        rows = [
            BadBillRow(
                bill_import=self.job,
                line_number=row.line,
                cells=row.storable_cells(),
                problems=[asdict(problem) for problem in row.problems],
            )
            for row in bad
        ]
        BadBillRow.objects.bulk_create(rows, batch_size=500)

    def doubts(self) -> list[dict[str, object]]:
        """The warnings, to be stored."""
        found = self.checker.doubts
        return [
            {"code": doubt, "column": column, "count": count, "lines": found.lines[doubt, column]}
            for (doubt, column), count in sorted(found.counts.items())
        ]

    def months(self) -> set[date]:
        return {month for _provider, _account, month in self.file}


def _missing(identities: list[str], occurrences: list[int]) -> list[tuple[int, str, int]]:
    """
    The rows that are not stored yet: place, identity and the occurrence they get.

    The file's n-th equal row is stored if n lines are in force. What was withdrawn stays
    withdrawn; the row comes back under the next number.
    """
    known = line_store.known_lines(identities=identities)
    chosen = []
    for place, (identity, count) in enumerate(zip(identities, occurrences, strict=True)):
        last, in_force = known.get(identity, (0, 0))
        if count > in_force:
            chosen.append((place, identity, last + count - in_force))
    return chosen


def _add_up[K](
    totals: dict[K, Totals], keys: Sequence[K], listed: list[Decimal], billed: list[Decimal]
) -> None:
    """Add costs to the totals of their keys."""
    places: dict[K, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    with localcontext(EXACT):
        for key, some in places.items():
            is_all = len(some) == len(keys)
            more = Totals(
                len(some),
                sum(listed if is_all else map(listed.__getitem__, some), ZERO),
                sum(billed if is_all else map(billed.__getitem__, some), ZERO),
            )
            totals[key] = totals.get(key, Totals()).plus(more)
