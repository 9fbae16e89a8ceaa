"""满赠: a gift that a purchase had earned goes the way of the purchase."""

from decimal import Decimal

import pytest

from apps.billing import services as billing
from apps.billing.enums import AccountKind, EntryKind
from apps.billing.models import Entry
from apps.billing.selectors import wallet_of
from apps.core.models import AuditEntry
from tests.factories.billing import NOON, fund, spend

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("books_agree")]


@pytest.fixture
def purchase(customer):
    """¥100.00 in cash that earned ¥20.00."""
    fund(customer, "100.00")
    entry = spend(customer, "100.00", key="buy").entry
    billing.give_gift(
        customer=customer,
        amount=Decimal("20.00"),
        key="buy-gift",
        earned_by="buy",
        now=NOON,
        note="满百赠二十",
    )
    return entry


def reverse(entry, amount, key="adj"):
    return billing.adjust_wallet(
        entry=entry, amount=Decimal(amount), key=key, actor=None, now=NOON, reason="冲账"
    )


def buckets(customer):
    wallet = wallet_of(customer)
    return tuple(str(part) for part in (wallet.gift, wallet.cash, wallet.owed))


def legs(entry):
    rows = entry.transfers.order_by("pk")
    return [(leg.debit.kind, leg.credit.kind, str(leg.amount)) for leg in rows]


def test_a_reversed_purchase_takes_its_gift_back(purchase, customer):
    reversal = reverse(purchase, "100.00")

    assert buckets(customer) == ("0.00", "100.00", "0.00")
    taken = Entry.objects.get(kind=EntryKind.GIFT_REVOCATION)
    assert legs(taken) == [(AccountKind.GIFT, AccountKind.PROMOTION, "20.00")]
    assert (taken.reverses.key, taken.source_pk) == ("buy-gift", str(reversal.pk))
    assert AuditEntry.objects.get(verb="gift.revoked").reason == reversal.number


def test_parts_take_back_their_share_and_together_all_of_it(purchase, customer):
    for number, amount in enumerate(["33.33", "33.33", "33.34"]):
        reverse(purchase, amount, key=f"adj{number}")

    taken = Entry.objects.filter(kind=EntryKind.GIFT_REVOCATION).order_by("pk")
    assert [str(entry.amount) for entry in taken] == ["-6.67", "-6.66", "-6.67"]
    assert buckets(customer) == ("0.00", "100.00", "0.00")


def test_a_gift_that_was_spent_is_owed_and_paid_from_the_cash_that_came_back(purchase, customer):
    spend(customer, "15.00")

    reverse(purchase, "100.00")

    taken = Entry.objects.get(kind=EntryKind.GIFT_REVOCATION)
    assert legs(taken) == [
        (AccountKind.GIFT, AccountKind.PROMOTION, "5.00"),
        (AccountKind.RECEIVABLE, AccountKind.PROMOTION, "15.00"),
    ]
    repaid = Entry.objects.get(kind=EntryKind.REPAYMENT)
    assert legs(repaid) == [(AccountKind.CASH, AccountKind.RECEIVABLE, "15.00")]
    assert buckets(customer) == ("0.00", "85.00", "0.00")


def test_what_cash_does_not_pay_stays_owed_whatever_the_limit(purchase, customer, boss):
    billing.set_credit_limit(customer=customer, limit=Decimal("30.00"), actor=boss, now=NOON)
    spend(customer, "50.00", key="on gift and credit")
    billing.set_credit_limit(customer=customer, limit=Decimal(0), actor=boss, now=NOON)

    reverse(purchase, "10.00")

    assert buckets(customer) == ("0.00", "8.00", "30.00")


def test_twice_by_one_key_is_once(purchase, customer):
    reverse(purchase, "100.00")
    reverse(purchase, "100.00")

    assert buckets(customer) == ("0.00", "100.00", "0.00")
    assert Entry.objects.filter(kind=EntryKind.GIFT_REVOCATION).count() == 1


def test_what_finance_took_back_before_is_not_taken_twice(purchase, customer):
    reverse(Entry.objects.get(kind=EntryKind.GIFT), "12.00", key="gift was too high")

    reverse(purchase, "100.00")

    assert buckets(customer) == ("0.00", "100.00", "0.00")


def test_a_refund_takes_its_share_back_as_well(purchase, customer):
    billing.refund_charge(key_of_charge="buy", amount=Decimal("50.00"), key="r", now=NOON)

    assert buckets(customer) == ("10.00", "50.00", "0.00")


def test_a_gift_of_staff_stays(customer, boss):
    fund(customer, "100.00")
    billing.grant_gift(customer=customer, amount=Decimal("5.00"), key="g", actor=boss, now=NOON)
    entry = spend(customer, "50.00").entry

    reverse(entry, "50.00")

    assert buckets(customer) == ("5.00", "100.00", "0.00")
