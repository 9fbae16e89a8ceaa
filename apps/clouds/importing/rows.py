"""
Rows checked a chunk at a time and by column: 5,000 look-ups in one call cost less than 5,000
calls, and a chunk without a mistake never touches a single row.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from apps.clouds.importing import columns as focus
from apps.clouds.importing.columns import COLUMNS
from apps.clouds.importing.header import Header
from apps.clouds.importing.identity import Identifier
from apps.clouds.importing.problems import Code, Doubt, Problem
from apps.clouds.importing.reader import Chunk
from apps.clouds.importing.values import Memory

# FOCUS demands equality, vendors round either side: in real bills 2.5 % of the rows differ by more.
TOLERANCE = Decimal("0.000001")
EXAMPLES = 20

PeriodKey = tuple[str, str, date]
Problems = dict[int, list[Problem]]


@dataclass(slots=True)
class BadRow:
    line: int
    cells: list[str]
    problems: list[Problem]

    def storable_cells(self) -> list[str]:
        """
        No database and no JSON stores a lone surrogate: such a row is kept byte by character,
        and says so by its code.
        """
        if all(map(_is_utf8, self.cells)):
            return self.cells
        if all(problem.code != Code.NOT_UTF8 for problem in self.problems):
            self.problems.append(Problem(Code.NOT_UTF8, ""))
        return [cell.encode(errors="surrogateescape").decode("latin-1") for cell in self.cells]


@dataclass(slots=True)
class Doubts:
    """How often each doubt came up, with the first lines of each."""

    counts: dict[tuple[Doubt, str], int] = field(default_factory=dict)
    lines: dict[tuple[Doubt, str], list[int]] = field(default_factory=dict)

    def add(self, doubt: Doubt, column: str, lines: Sequence[int]) -> None:
        key = (doubt, column)
        self.counts[key] = self.counts.get(key, 0) + len(lines)
        shown = self.lines.setdefault(key, [])
        shown.extend(lines[: EXAMPLES - len(shown)])


@dataclass(slots=True)
class Checked:
    """The good rows of a chunk, by column, and the bad ones with their reasons."""

    rows: list[list[str]]
    lines: list[int]
    bad: list[BadRow]
    values: dict[str, list[Any]] = field(default_factory=dict)
    cells: list[Sequence[str]] = field(default_factory=list)
    months: list[date] = field(default_factory=list)
    digests: list[bytes] = field(default_factory=list)
    periods: list[PeriodKey] = field(default_factory=list)
    sub_accounts: list[tuple[str, str]] = field(default_factory=list)

    def join(self) -> None:
        """Vendor, billing account and month of each row, and vendor and sub-account."""
        values = self.values
        providers, payers = values["provider_name"], values["billing_account_id"]
        self.periods = list(zip(providers, payers, self.months, strict=True))
        subs = values["sub_account_id"]
        if "" in subs:  # a charge to no sub-account is the payer's own
            subs = [sub or payer for sub, payer in zip(subs, payers, strict=True)]
        self.sub_accounts = list(zip(providers, subs, strict=True))


class RowChecker:
    """Checks the rows of one file. Remembers spellings, currencies and doubts between chunks."""

    def __init__(
        self, header: Header, *, tenant: int, zone: ZoneInfo, month: date | None = None
    ) -> None:
        self.doubts = Doubts()
        self.currencies: dict[PeriodKey, str] = {}
        self._width = len(header.names)
        self._memories = [(Memory(column), header.places.get(column.field)) for column in COLUMNS]
        self._identify = Identifier(header.names, tenant)
        self._zone = zone
        self._month = month
        self._months: dict[datetime, date] = {}

    def check(self, chunk: Chunk) -> Checked:
        """Sort the good rows of a chunk from the bad."""
        checked = Checked(
            chunk.rows, chunk.lines, [_broken(line, text) for line, text in chunk.broken]
        )
        for find in (
            self._wrong_width,
            self._bad_cells,
            self._bad_bytes,
            self._bad_periods,
            self._bad_currencies,
        ):
            self._set_aside(checked, find(checked))
        self._doubt_cells(checked)
        self._doubt_costs(checked)
        self._doubt_periods(checked)
        return checked

    def _set_aside(self, checked: Checked, problems: Problems) -> None:
        if not problems:
            return
        checked.bad += [
            BadRow(checked.lines[at], checked.rows[at], found) for at, found in problems.items()
        ]
        kept = [at for at in range(len(checked.rows)) if at not in problems]
        checked.rows = [checked.rows[at] for at in kept]
        checked.lines = [checked.lines[at] for at in kept]
        if checked.values:
            self._bad_cells(checked)
            checked.months = self._months_of(checked)
        if checked.digests:
            checked.digests = [checked.digests[at] for at in kept]
        if checked.periods:
            checked.join()

    def _wrong_width(self, checked: Checked) -> Problems:
        width = self._width
        if set(map(len, checked.rows)) <= {width}:
            return {}
        return {
            at: [Problem(Code.WRONG_WIDTH, "", str(len(row)), str(width))]
            for at, row in enumerate(checked.rows)
            if len(row) != width
        }

    def _bad_cells(self, checked: Checked) -> Problems:
        """Reads every cell; a row may be wrong in several."""
        problems: Problems = {}
        count = len(checked.rows)
        checked.cells = list(zip(*checked.rows, strict=True)) or [()] * self._width
        blank = ("",) * count
        for memory, place in self._memories:
            cells = blank if place is None else checked.cells[place]
            checked.values[memory.column.field] = memory.read(cells)
            if memory.bad and not memory.bad.keys().isdisjoint(cells):
                for at, cell in enumerate(cells):
                    if cell in memory.bad:
                        problems.setdefault(at, []).append(memory.bad[cell])
        return problems

    def _bad_bytes(self, checked: Checked) -> Problems:
        texts = self._identify.texts(checked.cells, len(checked.rows))
        bad = {at for at, text in enumerate(texts) if "\x00" in text}
        try:
            checked.digests = self._identify.digests(texts)
        except UnicodeEncodeError:
            bad |= {at for at, text in enumerate(texts) if not _is_utf8(text)}
            checked.digests = self._identify.digests(
                "" if at in bad else text for at, text in enumerate(texts)
            )
        return {at: [Problem(Code.NOT_UTF8, "")] for at in sorted(bad)}

    def _months_of(self, checked: Checked) -> list[date]:
        starts = checked.values["billing_period_start"]
        for start in set(starts).difference(self._months):
            self._months[start] = start.astimezone(self._zone).date().replace(day=1)
        return list(map(self._months.__getitem__, starts))

    def _bad_periods(self, checked: Checked) -> Problems:
        checked.months = self._months_of(checked)
        problems: Problems = {}
        for start, end in (
            (focus.BILLING_START, focus.BILLING_END),
            (focus.CHARGE_START, focus.CHARGE_END),
        ):
            pairs = zip(checked.values[start.field], checked.values[end.field], strict=True)
            for at in [at for at, (first, last) in enumerate(pairs) if first >= last]:
                problems.setdefault(at, []).append(Problem(Code.PERIOD_ORDER, end.name))
        wanted = self._month
        if wanted is not None and set(checked.months) != {wanted}:
            for at, month in enumerate(checked.months):
                if month != wanted:
                    problems.setdefault(at, []).append(
                        Problem(
                            Code.OTHER_MONTH,
                            focus.BILLING_START.name,
                            f"{month:%Y-%m}",
                            f"{wanted:%Y-%m}",
                        )
                    )
        return problems

    def _bad_currencies(self, checked: Checked) -> Problems:
        """One vendor account has one currency a month: the first that its rows name."""
        currencies = checked.values[focus.CURRENCY.field]
        checked.join()
        periods, known = checked.periods, self.currencies
        for period in set(periods).difference(known):
            known[period] = currencies[periods.index(period)]
        named = set(zip(periods, currencies, strict=True))
        if all(known[period] == currency for period, currency in named):
            return {}
        return {
            at: [Problem(Code.OTHER_CURRENCY, focus.CURRENCY.name, currency, known[period])]
            for at, (period, currency) in enumerate(zip(periods, currencies, strict=True))
            if currency != known[period]
        }

    def _doubt_cells(self, checked: Checked) -> None:
        for memory, place in self._memories:
            cells = ("",) * len(checked.rows) if place is None else checked.cells[place]
            if not memory.doubted or memory.doubted.keys().isdisjoint(cells):
                continue
            for doubt in set(memory.doubted.values()):
                hit = [
                    line
                    for line, cell in zip(checked.lines, cells, strict=True)
                    if memory.doubted.get(cell) is doubt
                ]
                self._doubt(doubt, memory.column.name, hit)

    def _doubt(self, doubt: Doubt, column: str, lines: list[int]) -> None:
        if lines:
            self.doubts.add(doubt, column, lines)

    def _doubt_costs(self, checked: Checked) -> None:
        """ListCost = ListUnitPrice x PricingQuantity, but for corrections (FOCUS, List Cost)."""
        values = checked.values
        rows = zip(
            checked.lines,
            values["list_cost"],
            values["list_unit_price"],
            values["pricing_quantity"],
            values["charge_class"],
            strict=True,
        )
        hit = [
            line
            for line, cost, price, quantity, correction in rows
            if price is not None
            and quantity is not None
            and not correction
            and _differs(cost, price * quantity)
        ]
        self._doubt(Doubt.LIST_COST_DIFFERS, focus.LIST_COST.name, hit)

    def _doubt_periods(self, checked: Checked) -> None:
        """Late usage and corrections may lie outside the month they are billed in."""
        values = checked.values
        rows = zip(
            checked.lines,
            values["billing_period_start"],
            values["charge_period_start"],
            values["charge_period_end"],
            values["billing_period_end"],
            strict=True,
        )
        hit = [line for line, opens, start, end, closes in rows if start < opens or end > closes]
        self._doubt(Doubt.OUTSIDE_PERIOD, focus.CHARGE_START.name, hit)


def _differs(cost: Decimal, product: Decimal) -> bool:
    difference = cost - product
    return difference > TOLERANCE or difference < -TOLERANCE


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _broken(line: int, text: str) -> BadRow:
    return BadRow(line, [text], [Problem(Code.BROKEN, "")])
