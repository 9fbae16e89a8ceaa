"""The database gives up at every statement of every money function: nothing is half done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.db import OperationalError, connection, transaction

from apps.billing import services as billing
from apps.billing.models import (
    Account,
    Bill,
    BillItem,
    Entry,
    Lot,
    LotUse,
    Recharge,
    Transfer,
    WalletBalance,
)
from apps.billing.selectors import verify_ledger
from apps.core.models import AuditEntry, OutboxEvent
from apps.core.retry import retry_txn
from tests.factories.billing import NOON, RechargeFactory, bill, fund, spend, usage

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
DEADLOCK, LOCK_WAIT, LOST = 1213, 1205, 2013
MONTH = date(2026, 11, 1)
TABLES = (
    Account,
    Bill,
    BillItem,
    Entry,
    Lot,
    LotUse,
    Recharge,
    Transfer,
    WalletBalance,
    AuditEntry,
    OutboxEvent,
)


class Fault:
    """Lets statements through until the one that is to fail, and counts them."""

    def __init__(self, at: int | None, code: int) -> None:
        self.at, self.code, self.seen, self.has_struck = at, code, 0, False

    def __call__(self, execute, sql, params, many, context):
        number = self.seen
        self.seen += 1
        if number == self.at and not self.has_struck:
            self.has_struck = True
            raise OperationalError(self.code, "injected")
        return execute(sql, params, many, context)


@contextmanager
def failing(at: int | None, code: int = DEADLOCK) -> Iterator[Fault]:
    fault = Fault(at, code)
    with connection.execute_wrapper(fault):
        yield fault


def state() -> list[list[dict]]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


@pytest.fixture
def waiting(customer, boss) -> Recharge:
    """A customer with something in every bucket, and a recharge that waits for payment."""
    billing.set_credit_limit(customer=customer, limit=Decimal(50), actor=boss, now=NOON)
    spend(customer, "5.00")
    fund(customer, "20.00")
    fund(customer, "20.00")
    billing.grant_gift(customer=customer, amount=Decimal(3), key="g0", actor=boss, now=NOON)
    spend(customer, "30.00", key="paid")
    bill(customer, "20.00", "2.00")
    return RechargeFactory(customer=customer)


def gifts(customer) -> list[billing.Posting]:
    """A batch of two."""
    cost = billing.of_tenant("promotion", customer.tenant_id)
    gift = billing.of_customer("gift", customer.pk)
    return [
        billing.Posting(
            f"p{n}", "gift", (billing.Leg(cost, gift, Decimal(n)),), ("x.X", "1"), MONTH, NOON
        )
        for n in (1, 2)
    ]


@pytest.fixture
def acts(customer, boss, waiting) -> dict[str, Callable[[], object]]:
    """Every function that moves money, ready to be called once."""

    def revise(*payables: str) -> Bill:
        items = [usage(amount) for amount in payables]
        return billing.charge_usage(
            customer=customer, month=date(2026, 10, 1), items=items, key="usage", now=NOON
        )

    return {
        "confirm": lambda: billing.confirm_recharge(
            number=waiting.number, amount=waiting.amount, channel_trade_no="T", now=NOON
        ),
        "bank": lambda: billing.record_bank_recharge(
            customer=customer, amount=Decimal(9), reference="B", actor=boss, now=NOON
        ),
        "charge": lambda: spend(customer, "12.00", key="once"),
        "refund": lambda: billing.refund_charge(
            key_of_charge="paid", amount=Decimal(25), key="back", now=NOON
        ),
        "grant": lambda: billing.grant_gift(
            customer=customer, amount=Decimal(1), key="g1", actor=boss, now=NOON
        ),
        "limit": lambda: billing.set_credit_limit(
            customer=customer, limit=Decimal(60), actor=boss, now=NOON
        ),
        "batch": lambda: billing.post_entries(postings=gifts(customer)),
        "bill": lambda: bill(customer, "1.00", month=MONTH),
        "revise up": lambda: revise("40.00"),
        "revise down": lambda: revise("1.00"),
    }


ACTS = (
    "confirm",
    "bank",
    "charge",
    "refund",
    "grant",
    "limit",
    "batch",
    "bill",
    "revise up",
    "revise down",
)


class Undo(Exception):
    """Rolls back what was only tried."""


def _statements_of(act: Callable[[], object]) -> int:
    try:
        with transaction.atomic():
            with failing(None) as fault:
                act()
            raise Undo
    except Undo:
        return fault.seen


@pytest.mark.parametrize("name", ACTS)
def test_a_failure_anywhere_changes_nothing_and_a_repeat_does_all(acts, name):
    act, before = acts[name], state()
    statements = _statements_of(act)
    assert state() == before
    for code in (DEADLOCK, LOCK_WAIT, LOST):
        for at in range(statements):
            with pytest.raises(OperationalError), failing(at, code) as fault, transaction.atomic():
                act()
            assert fault.has_struck
            assert state() == before, f"{code} at statement {at} of {name}"
    act()
    assert state() != before
    assert verify_ledger().findings == []


@pytest.mark.parametrize("name", ACTS)
def test_a_deadlock_anywhere_is_repeated_and_has_one_effect(acts, name, monkeypatch):
    monkeypatch.setattr("apps.core.retry.PAUSE", 0)
    before = {entry.pk for entry in Entry.objects.all()}

    with failing(3) as fault:
        retry_txn(acts[name])()

    again = Entry.objects.exclude(pk__in=before)
    assert fault.has_struck
    assert len({entry.key for entry in again}) == again.count()
    assert verify_ledger().findings == []
