"""Figures of a month or a day, for dashboards."""

from datetime import date, datetime
from decimal import Decimal

from django.db.models import Case, F, QuerySet, Sum, When
from django.db.models.functions import TruncDate

from apps.billing.enums import AccountKind, EntryKind
from apps.billing.models import Entry, Recharge, Transfer, WalletBalance
from apps.core.money import MoneyField, round_fen
from apps.rbac.models import User

ZERO = Decimal("0.00")
_SIGNED = {
    "credit": Case(When(credit__kind=AccountKind.REVENUE, then=F("amount")), default=-F("amount"))
}


def revenue_by_month(*, user: User, since: date, until: date) -> dict[date, Decimal]:
    """Revenue net of refunds of each accounting month in [since, until)."""
    rows = (
        _revenue(user)
        .filter(entry__period__gte=since, entry__period__lt=until)
        .values_list("entry__period")
        .annotate(total=Sum(_SIGNED["credit"], output_field=MoneyField()))
        .order_by("entry__period")
    )
    return {period: round_fen(total) for period, total in rows}


def revenue_by_day(*, user: User, since: datetime, until: datetime) -> dict[date, Decimal]:
    """Revenue net of refunds of each day in Shanghai in [since, until)."""
    rows = (
        _revenue(user)
        .filter(entry__posted_at__gte=since, entry__posted_at__lt=until)
        .annotate(day=TruncDate("entry__posted_at"))
        .values_list("day")
        .annotate(total=Sum(_SIGNED["credit"], output_field=MoneyField()))
        .order_by("day")
    )
    return {day: round_fen(total) for day, total in rows}


def revenue_of_month(*, user: User, month: date) -> Decimal:
    """Revenue net of refunds of one accounting month."""
    total = (
        _revenue(user)
        .filter(entry__period=month)
        .aggregate(total=Sum(_SIGNED["credit"], output_field=MoneyField()))["total"]
    )
    return round_fen(total or ZERO)


def recharged(*, user: User, since: datetime, until: datetime) -> Decimal:
    """What customers paid in in [since, until)."""
    paid = Recharge.objects.visible_to(user).filter(paid_at__gte=since, paid_at__lt=until)
    return round_fen(paid.aggregate(total=Sum("amount"))["total"] or ZERO)


def wallet_totals(wallets: QuerySet[WalletBalance]) -> dict[str, Decimal]:
    """The sums of a list of wallets."""
    names = ("cash", "gift", "frozen", "owed", "credit_limit")
    sums = wallets.order_by().aggregate(**{name: Sum(name) for name in names})
    return {name: round_fen(total or ZERO) for name, total in sums.items()}


def entries_of_kind(*, user: User, kind: EntryKind, month: date) -> QuerySet[Entry]:
    """The rows behind a figure."""
    return Entry.objects.visible_to(user).filter(kind=kind, period=month)


def _revenue(user: User) -> QuerySet[Transfer]:
    seen = Transfer.objects.visible_to(user)
    return seen.filter(debit__kind=AccountKind.REVENUE) | seen.filter(
        credit__kind=AccountKind.REVENUE
    )
