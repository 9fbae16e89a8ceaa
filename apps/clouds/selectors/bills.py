"""Sums over vendors' lines, exact to the last of twelve decimals on every database."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from apps.clouds.importing.states import CostBasis
from apps.clouds.importing.values import EXACT
from apps.clouds.models.bills import BillPeriod, SubAccount, VendorBillLine
from apps.clouds.models.usage import ExchangeRate
from apps.customers.models import Customer

ZERO = Decimal(0)
_LINES = VendorBillLine._meta.db_table
_PERIODS = BillPeriod._meta.db_table
_ACCOUNTS = SubAccount._meta.db_table


# By list price, a prepayment for later use costs nothing: the use it covers is listed at its own
# price (FOCUS, List Cost, Usability Constraints). By what was billed it is the other way.
_BASE = (
    f"CASE WHEN s.basis = '{CostBasis.BILLED}' THEN l.billed_cost "
    "WHEN l.charge_category = 'Purchase' AND CAST(l.billed_cost AS DOUBLE) <> 0 "
    "AND CAST(l.effective_cost AS DOUBLE) = 0 THEN 0 ELSE l.list_cost END"
)


class Totals(NamedTuple):
    """Lines in force and what they cost."""

    lines: int = 0
    list_cost: Decimal = ZERO
    billed_cost: Decimal = ZERO

    def plus(self, other: "Totals") -> "Totals":
        return Totals(
            self.lines + other.lines,
            EXACT.add(self.list_cost, other.list_cost),
            EXACT.add(self.billed_cost, other.billed_cost),
        )


class Usage(NamedTuple):
    """What one resource of a customer cost at one moment, in the vendor's currency."""

    tenant_id: int
    currency: str
    month: date
    provider_name: str
    vendor_id: int | None
    service_name: str
    resource_id: str
    region_id: str
    at: datetime
    list_cost: Decimal
    base_cost: Decimal
    is_measured: bool
    unit: str
    quantity: Decimal


class _ExactSum:
    """SUM for SQLite, where amounts are text."""

    def __init__(self) -> None:
        self.total = ZERO

    def step(self, amount: str | int | None) -> None:
        if amount is not None:
            self.total = EXACT.add(self.total, Decimal(amount))

    def finalize(self) -> str:
        return format(self.total, "f")


def sum_of(expression: str) -> str:
    """SQL that sums amounts without losing a decimal."""
    if connection.vendor != "sqlite":
        return f"SUM({expression})"
    connection.ensure_connection()
    connection.connection.create_aggregate("exact_sum", 1, _ExactSum)
    return f"exact_sum({expression})"


def totals_of(*, period_ids: Sequence[int]) -> Totals:
    """Lines in force of some periods: charges less withdrawals."""
    rows = _summed(period_ids, "period_id IS NULL")
    return Totals(*rows[0][1:]) if rows else Totals()


def totals_by_service(*, period_ids: Sequence[int]) -> list[tuple[str, Totals]]:
    rows = _summed(period_ids, "service_name")
    return [(row[0], Totals(*row[1:])) for row in rows]


def totals_by_resource(*, period_ids: Sequence[int], limit: int) -> list[tuple[str, Totals]]:
    """The resources that cost most."""
    rows = _summed(period_ids, "resource_id")
    rows.sort(key=lambda row: -abs(row[3]))
    return [(row[0], Totals(*row[1:])) for row in rows[:limit]]


def total_over_resources(*, period_ids: Sequence[int]) -> Totals:
    """The sum of the resources' sums, taken by the database: there may be a million of them."""
    if not period_ids:
        return Totals()
    sql = (
        f"SELECT SUM(one.counted), {sum_of('one.listed')}, {sum_of('one.billed')} FROM ("  # noqa: S608
        f"{_sums_sql('resource_id', period_ids)}) one"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, list(period_ids))
        lines, listed, billed = cursor.fetchone()
    return Totals(int(lines or 0), Decimal(listed or 0), Decimal(billed or 0))


def _sums_sql(group: str, period_ids: Sequence[int]) -> str:
    places = ", ".join(["%s"] * len(period_ids))
    return (
        f"SELECT {group} AS name, SUM(CASE WHEN is_withdrawal THEN -1 ELSE 1 END) AS counted, "  # noqa: S608
        f"{sum_of('list_cost')} AS listed, {sum_of('billed_cost')} AS billed FROM {_LINES} "
        f"WHERE period_id IN ({places}) GROUP BY {group}"
    )


def _summed(period_ids: Sequence[int], group: str) -> list[tuple[Any, int, Decimal, Decimal]]:
    if not period_ids:
        return []
    sql = f"{_sums_sql(group, period_ids)} ORDER BY name"
    with connection.cursor() as cursor:
        cursor.execute(sql, list(period_ids))
        return [
            (name, int(lines), Decimal(listed), Decimal(billed))
            for name, lines, listed, billed in cursor.fetchall()
        ]


def usage_of(*, customer_id: int, month: date) -> Iterator[Usage]:
    """A customer's lines of a month's bill, summed per resource and moment."""
    yield from _usage("l.charge_period_start", "p.month = %s", [customer_id, month])


def usage_beside(*, customer_id: int, month: date, cuts: Sequence[datetime]) -> Iterator[Usage]:
    """His lines of all other months' bills between the first and the last of the cuts, summed per
    resource between two of them, as if they were at the first of the two."""
    moments = [connection.ops.adapt_datetimefield_value(cut) for cut in cuts]
    steps = " ".join(["WHEN l.charge_period_start >= %s THEN %s"] * (len(cuts) - 1))
    at = f"CASE {steps} END"
    since = [moment for cut in reversed(moments[:-1]) for moment in (cut, cut)]
    where = "p.month <> %s AND l.charge_period_start >= %s AND l.charge_period_start < %s"
    yield from _usage(at, where, [*since, customer_id, month, moments[0], moments[-1]])


def _usage(at: str, where: str, values: list[Any]) -> Iterator[Usage]:
    """Use that is measured is told apart from credits and taxes, which have no quantity."""
    measured = "l.charge_category = 'Usage' AND l.pricing_quantity IS NOT NULL"
    keys = (
        "p.tenant_id, p.currency, p.month, p.provider_name, p.vendor_id, "
        "l.service_name, l.resource_id, l.region_id"
    )
    sql = (
        f"SELECT {at} AS moment, CASE WHEN {measured} THEN 1 ELSE 0 END AS is_measured, "  # noqa: S608
        f"CASE WHEN {measured} THEN l.pricing_unit ELSE '' END AS unit, {keys}, "
        f"{sum_of('l.list_cost')}, {sum_of(_BASE)}, {sum_of('l.pricing_quantity')} FROM {_LINES} l "
        f"JOIN {_PERIODS} p ON p.id = l.period_id JOIN {_ACCOUNTS} s ON s.id = l.sub_account_id "
        f"WHERE s.customer_id = %s AND {where} "
        f"GROUP BY {keys}, moment, is_measured, unit ORDER BY {keys}, moment, is_measured, unit"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        for (
            moment,
            is_measured,
            unit,
            tenant,
            currency,
            month,
            *names,
            listed,
            base_cost,
            n,
        ) in cursor.fetchall():
            amounts = (_moment(moment), Decimal(listed), Decimal(base_cost))
            counted = (bool(is_measured), unit, Decimal(n or 0))
            yield Usage._make((tenant, currency, _day(month), *names, *amounts, *counted))


def _day(stored: date | str) -> date:
    return stored if isinstance(stored, date) else date.fromisoformat(stored)


def _moment(stored: datetime | str) -> datetime:
    """A raw cursor knows no time zones, and SQLite's no moments."""
    moment = stored if isinstance(stored, datetime) else datetime.fromisoformat(stored)
    return moment.replace(tzinfo=connection.timezone)


def parked_accounts() -> QuerySet[SubAccount]:
    """Sub-accounts with lines that belong to nobody yet."""
    lines = VendorBillLine.objects.filter(sub_account=OuterRef("pk"))
    return SubAccount.objects.filter(customer__isnull=True).filter(Exists(lines))


def totals_of_sub_account(*, sub_account: SubAccount) -> list[tuple[date, str, Totals]]:
    """What a sub-account cost, by month and currency: what waits while it belongs to nobody."""
    sql = (
        f"SELECT p.month, p.currency, SUM(CASE WHEN l.is_withdrawal THEN -1 ELSE 1 END), "  # noqa: S608
        f"{sum_of('l.list_cost')}, {sum_of('l.billed_cost')} FROM {_LINES} l "
        f"JOIN {_PERIODS} p ON p.id = l.period_id WHERE l.sub_account_id = %s "
        f"GROUP BY p.month, p.currency ORDER BY p.month DESC"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [sub_account.pk])
        return [
            (
                month if isinstance(month, date) else date.fromisoformat(month),
                currency,
                Totals(int(lines), Decimal(listed), Decimal(billed)),
            )
            for month, currency, lines, listed, billed in cursor.fetchall()
        ]


def exchange_rates(
    wanted: Collection[tuple[int, str, date]],
) -> dict[tuple[int, str, date], Decimal]:
    """The rates of tenants' currencies and months that count: those entered last. One query."""
    if not wanted:
        return {}
    tenants, currencies, months = (set(names) for names in zip(*wanted, strict=True))
    rows = ExchangeRate.objects.filter(
        tenant__in=tenants, currency__in=currencies, month__in=months
    )
    found = rows.order_by("pk").values_list("tenant_id", "currency", "month", "rate")
    rates = {(tenant, currency, month): rate for tenant, currency, month, rate in found}
    return {key: rate for key, rate in rates.items() if key in wanted}


def customers_in(periods: QuerySet[BillPeriod]) -> QuerySet[Customer, int]:
    """The ids of those who have lines in the periods."""
    lines = VendorBillLine.objects.filter(
        period_id__in=list(periods.values_list("pk", flat=True)),
        sub_account__customer=OuterRef("pk"),
    )
    return Customer.objects.filter(Exists(lines)).values_list("pk", flat=True)
