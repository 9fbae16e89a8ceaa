"""冲账: a wrong entry is answered by its reverse (LED conventions; X-1)."""

from decimal import Decimal

import pytest

from apps.billing import services as billing
from apps.billing.enums import EntryKind
from apps.billing.errors import (
    EntryIsNotReversible,
    InsufficientBalance,
    KeyWasUsed,
    RefundIsTooHigh,
    ReversalIsTooHigh,
)
from apps.billing.models import Entry, Lot
from apps.billing.selectors import verify_ledger, wallet_of
from apps.core.models import AuditEntry
from tests.factories.billing import NOON, fund, spend

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def reverse(entry, amount, *, key="adj:1", actor=None):
    return billing.adjust_wallet(
        entry=entry, amount=Decimal(amount), key=key, actor=actor, now=NOON, reason="记错客户"
    )


def entry_of(kind):
    return Entry.objects.get(kind=kind)


def grant(customer, boss):
    billing.grant_gift(customer=customer, amount=Decimal("30.00"), key="g", actor=boss, now=NOON)


def test_a_purchase_goes_back_to_its_buckets(customer, boss):
    grant(customer, boss)
    fund(customer, "100.00")
    spend(customer, "50.00")

    reversal = reverse(entry_of("purchase"), "50.00", actor=boss)

    wallet = wallet_of(customer)
    assert (wallet.gift, wallet.cash) == (Decimal("30.00"), Decimal("100.00"))
    assert (reversal.kind, reversal.amount) == (EntryKind.REVERSAL, Decimal("50.00"))
    assert (reversal.reverses, reversal.note) == (entry_of("purchase"), "记错客户")
    assert AuditEntry.objects.get(verb="wallet.adjusted").facts["reversal"] == reversal.number
    assert verify_ledger().is_clean


def test_a_recharge_leaves_with_its_own_lot(customer):
    fund(customer, "40.00")
    fund(customer, "60.00")
    last = Entry.objects.filter(kind="recharge").latest("pk")

    reversal = reverse(last, "60.00")

    assert wallet_of(customer).cash == Decimal("40.00")
    assert reversal.amount == Decimal("-60.00")
    remaining = Lot.objects.order_by("pk").values_list("remaining", flat=True)
    assert list(remaining) == [Decimal("40.00"), Decimal("0.00")]
    assert verify_ledger().is_clean


def test_a_gift_is_taken_back(customer, boss):
    grant(customer, boss)

    reverse(entry_of("gift"), "10.00")

    assert wallet_of(customer).gift == Decimal("20.00")
    assert verify_ledger().is_clean


def test_twice_by_one_key_is_once(customer):
    fund(customer, "40.00")
    first = reverse(entry_of("recharge"), "40.00")

    again = reverse(entry_of("recharge"), "40.00")

    assert (again.pk, again.hit) == (first.pk, True)
    assert AuditEntry.objects.filter(verb="wallet.adjusted").count() == 1


def test_a_key_stands_for_one_reversal(customer):
    fund(customer, "40.00")
    reverse(entry_of("recharge"), "10.00")

    with pytest.raises(KeyWasUsed):
        reverse(entry_of("recharge"), "20.00")

    assert wallet_of(customer).cash == Decimal("30.00")


def test_no_more_than_is_left(customer, boss):
    fund(customer, "40.00")
    spend(customer, "15.00")
    grant(customer, boss)
    spend(customer, "25.00")

    for kind, amount, error in (
        ("recharge", "25.01", ReversalIsTooHigh),
        ("gift", "10.00", InsufficientBalance),
        ("gift", "30.01", ReversalIsTooHigh),
    ):
        with pytest.raises(error):
            reverse(entry_of(kind), amount, key=kind + amount)
    with pytest.raises(RefundIsTooHigh):
        reverse(Entry.objects.filter(kind="purchase").earliest("pk"), "15.01")

    assert not Entry.objects.filter(kind=EntryKind.REVERSAL).exists()
    assert billing.reversible(entry=entry_of("recharge")) == Decimal("25.00")


def test_reversals_add_up(customer):
    fund(customer, "40.00")
    spend(customer, "15.00")
    reverse(entry_of("purchase"), "10.00", key="a")

    with pytest.raises(RefundIsTooHigh):
        reverse(entry_of("purchase"), "5.01", key="b")

    assert wallet_of(customer).cash == Decimal("35.00")


def test_a_reversal_cannot_be_reversed(customer):
    fund(customer, "40.00")
    reversal = reverse(entry_of("recharge"), "40.00")

    with pytest.raises(EntryIsNotReversible):
        reverse(reversal, "40.00", key="adj:2")
