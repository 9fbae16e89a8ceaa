from decimal import Decimal

import pytest
from django.db import connection

from apps.billing import services as billing
from apps.billing.errors import PayoutsAreStopped
from apps.billing.models import PayoutStop
from apps.billing.selectors import verify_ledger
from apps.billing.tasks import verify_ledger as verify_daily
from apps.core.append_only import guard_names, guards
from apps.core.errors import Forbidden
from tests.factories.billing import NOON, bill, fund, spend

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def business(customer, boss):
    billing.grant_gift(customer=customer, amount=Decimal(5), key="g", actor=boss, now=NOON)
    fund(customer, "100.00")
    spend(customer, "20.00", key="buy")
    bill(customer, "90.00")
    return customer


# One fen, written past the application by somebody who may write: where it must be found.
FORGERIES = {
    "wallet cash": "UPDATE billing_walletbalance SET cash = cash + 0.01",
    "wallet gift": "UPDATE billing_walletbalance SET gift = gift + 0.01",
    "wallet frozen": "UPDATE billing_walletbalance SET frozen = frozen + 0.01",
    "wallet owed": "UPDATE billing_walletbalance SET owed = owed - 0.01",
    "lot": "UPDATE billing_lot SET remaining = remaining + 0.01",
    "bill total": "UPDATE billing_bill SET total = total + 0.01",
    "bills owed": "UPDATE billing_bill SET owed = owed + 0.01",
    "effect of an entry": "UPDATE billing_entry SET amount = amount + 0.01 WHERE `key` = 'buy'",
    "running balance": "UPDATE billing_entry SET balance = balance + 0.01 WHERE `key` = 'buy'",
    "lot uses of an entry": "UPDATE billing_lotuse SET amount = amount - 0.01",
    "entry without transfers": "DELETE FROM billing_transfer",
}


@pytest.fixture
def forge():
    """Runs a statement as somebody who has removed the triggers, and puts them back."""

    def run(statement: str) -> None:
        table = next(word for word in statement.split() if word.startswith("billing_"))
        with connection.cursor() as cursor:
            for name in guard_names(table):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement)

    yield run
    with connection.cursor() as cursor:
        for table in ("billing_entry", "billing_transfer", "billing_lotuse"):
            for name, statement in zip(guard_names(table), guards(connection, table), strict=True):
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("check", FORGERIES)
def test_names_the_place_of_a_missing_fen(business, forge, check):
    assert verify_ledger().findings == []

    forge(FORGERIES[check])

    found = {finding.check: finding for finding in verify_ledger().findings}
    assert check in found
    if check.startswith("wallet"):
        bucket = check.removeprefix("wallet ").replace("owed", "receivable")
        assert found[check].where == f"{bucket}:c{business.pk}:CNY"
        assert abs(found[check].found - found[check].expected) == 1


def test_one_fen_stops_payouts_until_the_books_agree(business, boss, forge_cash):
    forge_cash("0.01")

    assert verify_daily() > 0
    assert verify_daily() > 0

    stop = PayoutStop.objects.get()
    assert stop.findings[0]["difference"] == 1
    with pytest.raises(PayoutsAreStopped):
        billing.ensure_payouts_run()
    with pytest.raises(PayoutsAreStopped):
        billing.lift_payout_stop(stop=stop, actor=boss, now=NOON)

    forge_cash("-0.01")
    billing.lift_payout_stop(stop=stop, actor=boss, now=NOON)

    billing.ensure_payouts_run()


@pytest.fixture
def forge_cash(business):
    def run(amount: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE billing_walletbalance SET cash = ROUND(cash + %s, 2)", [Decimal(amount)]
            )

    return run


def test_clean_books_stop_nothing(business, boss):
    report = billing.ask_for_verification(actor=boss, now=NOON)

    assert (report.is_clean, report.entries, report.transfers) == (True, 4, 6)
    assert not PayoutStop.objects.exists()


def test_asking_needs_permission(member):
    with pytest.raises(Forbidden):
        billing.ask_for_verification(actor=member, now=NOON)
