"""A basket of 20 lines under 50 rules: the engine alone, and a whole quote cold from MariaDB."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.customers.models import Customer
from apps.products.enums import BillingMode, DiscountScope, ProductStatus
from apps.products.models import Category, CustomerDiscount, Price, Product, Sku, Vendor
from apps.products.pricing import (
    Book,
    Line,
    Percent,
    Request,
    Rule,
    Scope,
    Subject,
    UsageLine,
    price,
    price_usage,
)
from apps.products.selectors import QuoteLineIn, price_basket
from apps.products.selectors.rulebook import forget_compiled
from apps.rbac.models import Tenant
from benchmarks.harness import Report, best_of
from benchmarks.peers import database_of_its_own

LINES, RULES, MANY_RULES, USAGE = 20, 50, 10_000, 100_000
FEN = Decimal("0.01")
RATE = Decimal("0.85")


def run(*, quick: bool) -> Report:
    report = Report(f"{LINES} lines, {RULES} rules", quick)
    repeats = 20 if quick else 200
    _engine(report, repeats)
    _usage(report, USAGE // 10 if quick else USAGE)
    taken = _database(report, repeats // 2)
    _oscar(report, taken, 1 if quick else 5)
    return report


def _engine(report: Report, repeats: int) -> None:
    request = Request(tuple(_line(number) for number in range(LINES)), timezone.now())
    one_each = [_rule(number, Scope.PRODUCT, number) for number in range(RULES)]
    all_over = [_rule(number, Scope.ALL, None, f"group-{number}") for number in range(RULES)]
    many = [_rule(number, Scope.PRODUCT, number) for number in range(MANY_RULES)]
    times = {
        name: _milliseconds(partial(price, request, Book.compile(rules)), repeats)
        for name, rules in (("usual", one_each), ("worst", all_over), ("many", many))
    }
    floor = _milliseconds(lambda: _plainly(request.lines, all_over), repeats)
    snapshot = price(request, Book.compile(one_each))

    report.add("plain Decimal Python, 1,000 applications", floor, "ms")
    report.add("engine, a rule for each product", times["usual"], "ms", "explained")
    report.add("engine, all rules cover all lines and stack", times["worst"], "ms", "1,000 steps")
    report.add(f"engine, {MANY_RULES:,} rules, one for each product", times["many"], "ms")
    report.add("snapshot as JSON", _milliseconds(snapshot.to_snapshot, repeats), "ms")
    compiled = _milliseconds(lambda: Book.compile(many), 5)
    report.add(f"compile {MANY_RULES:,} rules", compiled, "ms")
    report.goal("ms of the engine, usual", times["usual"], at_most=0.3)
    report.goal("ms of the engine, worst", times["worst"], at_most=3.5)
    report.goal("times plain Python, worst", times["worst"] / floor, at_most=5)
    report.goal("10,000 rules, times 50 rules", times["many"] / times["usual"], at_most=1.5)


def _usage(report: Report, lines: int) -> None:
    book = Book.compile(_rule(number, Scope.PRODUCT, number) for number in range(RULES))
    start = timezone.now()
    usage = [
        UsageLine(
            str(number),
            Subject(number % 200, number % 200, 1, 1),
            Decimal("0.123456789012"),
            start + timedelta(hours=number % 720),
        )
        for number in range(lines)
    ]
    seconds = _milliseconds(lambda: sum(1 for _ in price_usage(usage, book)), 3) / 1000
    report.add("usage lines discounted at 12 decimals", lines / seconds, "lines/s")
    report.goal("usage lines a second", lines / seconds, at_least=200_000)


def _database(report: Report, repeats: int) -> float:
    """SKUs, prices and the customer's rules are read, compiled and applied every time; those that
    all customers share lie compiled in the process until one changes, or are read, too."""
    now = timezone.now()
    customer, skus = _shelf(now)
    basket = [QuoteLineIn(sku.pk, 2, 3) for sku in skus]

    def cold() -> object:
        return price_basket(customer=customer, lines=basket, at=now)

    def first() -> object:
        forget_compiled()
        return cold()

    for act, name in ((cold, "cold"), (first, "cold, shared rules read, too,")):
        act()
        with CaptureQueriesContext(connection) as queries:
            act()
        taken = _milliseconds(act, repeats)
        report.add(f"basket priced {name} from MariaDB", taken, "ms", f"{len(queries)} queries")
    report.goal("queries", len(queries), at_most=10)
    report.goal("ms cold from MariaDB", taken, at_most=6)
    return taken


def _oscar(report: Report, taken: float, repeats: int) -> None:
    """The same work by django-oscar: so many lines, so many offers on eight products each."""
    with database_of_its_own(os.environ["KBOSS_DATABASE_URL"]) as url:
        command = [sys.executable, "-m", "benchmarks.oscar", url]
        command += [str(number) for number in (LINES, RULES, repeats)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    peer = json.loads(done.stdout.splitlines()[-1])
    report.add("django-oscar, the same basket", peer["ms"], "ms", f"{peer['queries']} queries")
    report.goal("times django-oscar", peer["ms"] / taken, at_least=100)


def _shelf(now: datetime) -> tuple[Customer, list[Sku]]:
    tenant = Tenant.objects.add_root({"name": "Bench", "code": "bench", "kind": "platform"})
    customer = Customer.objects.create(number="C1", tenant=tenant, name="Bench", created_at=now)
    vendor = Vendor.objects.create(code="bench", name="Bench")
    category = Category.objects.create(slug="bench", name="Bench")
    skus = []
    for number in range(RULES):
        product = Product.objects.create(
            tenant=tenant,
            vendor=vendor,
            category=category,
            code=f"p{number}",
            name=f"Product {number}",
            status=ProductStatus.ON_SALE,
            on_sale_at=now,
        )
        mode = BillingMode.MONTHLY
        sku = Sku.objects.create(product=product, code="s", name="S", billing_mode=mode)
        Price.objects.create(sku=sku, unit_price=Decimal("100.37"), valid_from=now)
        CustomerDiscount.objects.create(
            customer=customer,
            name=f"Discount {number}",
            rate=Decimal("0.85"),
            scope=DiscountScope.PRODUCT,
            product=product,
            valid_from=now,
        )
        skus.append(sku)
    return customer, skus[:LINES]


def _line(number: int) -> Line:
    subject = Subject(number, number, number % 5, number % 3)
    return Line(
        subject,
        f"sku{number}",
        f"SKU {number}",
        "monthly",
        Decimal("100.37"),
        2,
        3,
        tax_rate=Decimal("0.06"),
        unit_cost=Decimal("60.00"),
    )


def _rule(number: int, scope: Scope, target: int | None, group: str = "") -> Rule:
    key, name = f"rule:{number}", f"Rule {number}"
    return Rule(key, name, Percent(RATE), scope, target, stack_group=group)


def _plainly(lines: tuple[Line, ...], rules: list[Rule]) -> Decimal:
    """The floor: 1,000 offers applied by bare arithmetic, rounded, with nothing said about them."""
    total = Decimal(0)
    for line in lines:
        amount = line.unit_price * line.quantity * line.periods
        for _rule in rules:
            amount = (amount * RATE).quantize(FEN, ROUND_HALF_UP)
        total += amount
    return total


def _milliseconds(work: Callable[[], object], repeats: int) -> float:
    work()
    return best_of(repeats, work) * 1000
