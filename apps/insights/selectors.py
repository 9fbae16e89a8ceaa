"""The figures of a working day, each over rows that its reader may see, each with its link."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.billing import selectors as billing
from apps.billing.enums import LedgerPerm, RechargePerm, WalletPerm
from apps.billing.models import WalletBalance
from apps.clouds.enums import ResourcePerm, ResourceStatus
from apps.clouds.models import Resource
from apps.core.money import format_short, format_yuan
from apps.customers.enums import CustomerPerm
from apps.customers.models import Customer
from apps.orders.enums import OrderPerm, OrderStatus
from apps.orders.models import Order, OrderLine
from apps.rbac.models import User

DAYS = 30
MOST_SLICES = 6


@dataclass(frozen=True)
class Figure:
    """One number of the day: what it is, how it moved, and the page of the rows behind it."""

    title: str
    value: str
    note: str
    link: str


@dataclass(frozen=True)
class Chart:
    """A chart for the admin's Chart.js: `data` and `options` are JSON."""

    title: str
    kind: str  # line | bar
    data: str
    options: str
    link: str


@dataclass(frozen=True)
class Day:
    """A day in Shanghai: [since, until)."""

    since: datetime
    until: datetime

    @classmethod
    def of(cls, now: datetime) -> "Day":
        today = timezone.localdate(now)
        since = timezone.make_aware(datetime.combine(today, time.min))
        return cls(since=since, until=since + timedelta(days=1))

    @property
    def before(self) -> "Day":
        return Day(since=self.since - timedelta(days=1), until=self.since)


def figures(*, user: User, now: datetime) -> list[Figure]:
    """What the day brought so far, as far as `user` may know it."""
    day = Day.of(now)
    makers: list[tuple[str, Callable[[User, Day], Figure]]] = [
        (OrderPerm.VIEW, _orders),
        (RechargePerm.VIEW, _recharges),
        (LedgerPerm.VIEW_TRANSFER, _revenue),
        (WalletPerm.VIEW, _wallets),
        (CustomerPerm.VIEW, _customers),
        (ResourcePerm.VIEW, _resources),
    ]
    return [make(user, day) for permission, make in makers if user.has_perm(permission)]


def _list(model: str, query: str = "") -> str:
    return reverse(f"admin:{model}_changelist") + query


def _orders(user: User, day: Day) -> Figure:
    def total(span: Day) -> tuple[int, Decimal]:
        paid = Order.objects.visible_to(user).filter(
            paid_at__gte=span.since, paid_at__lt=span.until
        )
        sums = paid.aggregate(count=Count("pk"), total=Sum("total"))
        return sums["count"], sums["total"] or Decimal(0)

    (count, amount), (_before, yesterday) = total(day), total(day.before)
    return Figure(
        title=_("Paid orders today"),
        value=format_yuan(amount),
        note=_("%(count)d orders, yesterday %(amount)s")
        % {"count": count, "amount": format_yuan(yesterday)},
        link=_list("orders_order"),
    )


def _recharges(user: User, day: Day) -> Figure:
    today = billing.recharged(user=user, since=day.since, until=day.until)
    yesterday = billing.recharged(user=user, since=day.before.since, until=day.before.until)
    return Figure(
        title=_("Recharged today"),
        value=format_yuan(today),
        note=_("yesterday %(amount)s") % {"amount": format_yuan(yesterday)},
        link=_list("billing_recharge"),
    )


def _revenue(user: User, day: Day) -> Figure:
    month = timezone.localdate(day.since).replace(day=1)
    last = (month - timedelta(days=1)).replace(day=1)
    return Figure(
        title=_("Revenue this month"),
        value=format_yuan(billing.revenue_of_month(user=user, month=month)),
        note=_("last month %(amount)s")
        % {"amount": format_yuan(billing.revenue_of_month(user=user, month=last))},
        link=_list("billing_entry"),
    )


def _wallets(user: User, day: Day) -> Figure:
    totals = billing.wallet_totals(WalletBalance.objects.visible_to(user))
    return Figure(
        title=_("Customers' money with us"),
        value=format_short(totals["cash"]),
        note=_("owed to us %(amount)s") % {"amount": format_yuan(totals["owed"])},
        link=_list("billing_walletbalance"),
    )


def _customers(user: User, day: Day) -> Figure:
    customers = Customer.objects.visible_to(user)
    new = customers.filter(created_at__gte=day.since, created_at__lt=day.until).count()
    return Figure(
        title=_("Customers"),
        value=f"{customers.count():,}",
        note=_("%(count)d new today") % {"count": new},
        link=_list("customers_customer"),
    )


def _resources(user: User, day: Day) -> Figure:
    running = Resource.objects.visible_to(user).filter(status=ResourceStatus.RUNNING)
    ending = running.filter(expires_at__lt=day.until + timedelta(days=7)).count()
    return Figure(
        title=_("Running resources"),
        value=f"{running.count():,}",
        note=_("%(count)d end within 7 days") % {"count": ending},
        link=_list("clouds_resource"),
    )


def charts(*, user: User, now: datetime) -> list[Chart]:
    """Orders of the last 30 days, and what was sold."""
    if not user.has_perm(OrderPerm.VIEW):
        return []
    until = Day.of(now).until
    since = until - timedelta(days=DAYS)
    return [_orders_by_day(user, since, until), _sales_by_category(user, since, until)]


def _orders_by_day(user: User, since: datetime, until: datetime) -> Chart:
    rows = dict(
        Order.objects.visible_to(user)
        .filter(paid_at__gte=since, paid_at__lt=until)
        .exclude(status=OrderStatus.REFUNDED)
        .order_by()
        .annotate(day=TruncDate("paid_at"))
        .values_list("day")
        .annotate(total=Sum("total"))
    )
    first = timezone.localdate(since)
    days: list[date] = [first + timedelta(days=n) for n in range(DAYS)]
    return Chart(
        title=_("Paid orders, last 30 days (yuan)"),
        kind="bar",
        data=_dataset([f"{day:%m-%d}" for day in days], [rows.get(day, 0) for day in days]),
        options=_options(),
        link=_list("orders_order"),
    )


def _sales_by_category(user: User, since: datetime, until: datetime) -> Chart:
    sold = (
        OrderLine.objects.visible_to(user)
        .filter(order__paid_at__gte=since, order__paid_at__lt=until)
        .exclude(order__status=OrderStatus.REFUNDED)
        .order_by()
        .values_list("sku__product__category__name")
        .annotate(total=Sum("amount"))
        .order_by("-total")
    )
    rows = list(sold[:MOST_SLICES])
    return Chart(
        title=_("Sold by category, last 30 days (yuan)"),
        kind="bar",
        data=_dataset([name for name, _total in rows], [total for _name, total in rows]),
        options=_options(is_horizontal=True),
        link=_list("orders_order"),
    )


def _dataset(labels: list[str], values: list[Decimal | int]) -> str:
    # Chart.js draws doubles: exact amounts stay in the rows behind the link.
    numbers = [float(value) for value in values]
    series = {"data": numbers, "backgroundColor": "var(--color-primary-600)", "label": "¥"}
    return json.dumps({"labels": labels, "datasets": [series]}, ensure_ascii=False)


def _options(*, is_horizontal: bool = False) -> str:
    return json.dumps(
        {
            "indexAxis": "y" if is_horizontal else "x",
            "maintainAspectRatio": False,
            "plugins": {"legend": {"display": False}},
            "scales": {"x": {"beginAtZero": True}, "y": {"beginAtZero": True}},
        }
    )
