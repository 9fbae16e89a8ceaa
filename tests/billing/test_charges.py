from decimal import Decimal

import pytest

from apps.billing import services as billing
from apps.billing.enums import LotKind
from apps.billing.errors import (
    AmountIsNotPositive,
    ChargeIsUnknown,
    CreditLimitIsNegative,
    InsufficientBalance,
    KeyWasUsed,
    RefundIsTooHigh,
)
from apps.billing.models import Entry, Lot, LotUse
from apps.billing.selectors import wallet_flow, wallet_of
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry, OutboxEvent
from tests.factories.billing import bill, fund, spend

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("books_agree")]


def give(customer, amount, boss, now, key="gift"):
    return billing.grant_gift(
        customer=customer, amount=Decimal(amount), key=key, actor=boss, now=now
    )


def allow_credit(customer, limit, boss, now):
    return billing.set_credit_limit(customer=customer, limit=Decimal(limit), actor=boss, now=now)


def refund(amount, now, *, of="buy", key="refund"):
    return billing.refund_charge(key_of_charge=of, amount=Decimal(amount), key=key, now=now)


def buckets(customer):
    wallet = wallet_of(customer)
    return tuple(str(part) for part in (wallet.gift, wallet.cash, wallet.owed))


def remaining():
    return [str(lot.remaining) for lot in Lot.objects.order_by("pk")]


def test_consumes_gift_then_cash_then_credit(customer, boss, now):
    give(customer, "10.00", boss, now)
    fund(customer, "20.00")
    allow_credit(customer, "30.00", boss, now)

    payment = spend(customer, "35.00")

    assert (payment.gift, payment.cash, payment.credit) == (10, 20, 5)
    assert buckets(customer) == ("0.00", "0.00", "5.00")
    assert wallet_of(customer).available == Decimal("25.00")


def test_credit_ends_at_its_limit(customer, boss, now):
    allow_credit(customer, "30.00", boss, now)
    spend(customer, "30.00")

    with pytest.raises(InsufficientBalance) as refused:
        spend(customer, "0.01")

    assert "¥0.00" in str(refused.value)
    assert buckets(customer) == ("0.00", "0.00", "30.00")


def test_cash_is_consumed_first_in_first_out(customer):
    fund(customer, "10.00")
    fund(customer, "10.00")
    fund(customer, "10.00")

    payment = spend(customer, "15.00")

    uses = LotUse.objects.filter(entry=payment.entry).order_by("pk")
    assert [str(use.amount) for use in uses] == ["10.00", "5.00"]
    assert remaining() == ["0.00", "5.00", "10.00"]


def test_a_refund_returns_to_the_very_lots_in_their_proportion(customer, now):
    """VCH-1, BAL-2."""
    fund(customer, "10.00")
    fund(customer, "10.00")
    spend(customer, "15.00", key="buy")

    refund("7.00", now)

    assert remaining() == ["4.67", "7.33"]
    assert Lot.objects.filter(kind=LotKind.RETURN).count() == 0


def test_refunds_return_in_the_proportion_that_was_paid(customer, boss, now):
    """VCH-1: gift, cash and credit to the fen, and in the end exactly what was paid."""
    give(customer, "10.00", boss, now)
    fund(customer, "20.00")
    allow_credit(customer, "30.00", boss, now)
    spend(customer, "35.00", key="buy")

    first = refund("12.00", now, key="r1")
    second = refund("20.00", now, key="r2")
    third = refund("3.00", now, key="r3")

    parts = [(str(p.credit), str(p.cash), str(p.gift)) for p in (first, second, third)]
    assert parts == [("1.71", "6.86", "3.43"), ("2.86", "11.43", "5.71"), ("0.43", "1.71", "0.86")]
    assert (buckets(customer), remaining()) == (("10.00", "20.00", "0.00"), ["20.00"])


def test_a_refund_never_exceeds_its_charge(customer, now):
    fund(customer, "20.00")
    spend(customer, "20.00", key="buy")
    refund("15.00", now)

    with pytest.raises(RefundIsTooHigh):
        refund("5.01", now, key="again")

    assert wallet_of(customer).cash == Decimal("15.00")


def test_a_refund_happens_once_for_its_key(customer, now):
    fund(customer, "20.00")
    spend(customer, "20.00", key="buy")

    first, again = refund("20.00", now), refund("20.00", now)

    assert (first.hit, again.hit, again.cash) == (False, True, Decimal("20.00"))
    with pytest.raises(KeyWasUsed):
        refund("19.00", now)
    assert wallet_of(customer).cash == Decimal("20.00")


def test_a_refund_needs_a_charge(customer, now):
    fund(customer, "20.00")
    recharge = Entry.objects.get()

    for key in ("nothing", recharge.key):
        with pytest.raises(ChargeIsUnknown):
            refund("1.00", now, of=key)


def test_a_debt_that_was_repaid_comes_back_as_cash(customer, boss, now):
    allow_credit(customer, "30.00", boss, now)
    spend(customer, "30.00", key="buy")
    fund(customer, "20.00")

    payment = refund("30.00", now)

    assert (payment.credit, payment.cash) == (Decimal("10.00"), Decimal("20.00"))
    assert buckets(customer) == ("0.00", "20.00", "0.00")
    assert [lot.kind for lot in Lot.objects.filter(remaining__gt=0)] == [LotKind.RETURN]


def test_money_that_comes_in_repays_the_debt_first(customer, boss, now):
    allow_credit(customer, "30.00", boss, now)
    spend(customer, "30.00")

    fund(customer, "50.00")

    assert buckets(customer) == ("0.00", "20.00", "0.00")
    assert [entry.kind for entry in wallet_flow(customer)] == ["repayment", "recharge", "purchase"]
    assert remaining() == ["20.00"]


def test_each_line_of_the_flow_carries_the_balance_after_it(customer, boss, now):
    give(customer, "10.00", boss, now)
    fund(customer, "20.00")
    allow_credit(customer, "30.00", boss, now)
    spend(customer, "35.00")

    flow = [(str(entry.amount), str(entry.balance)) for entry in wallet_flow(customer)]
    assert flow == [("-35.00", "-5.00"), ("20.00", "30.00"), ("10.00", "10.00")]


def test_a_charge_tells_the_others(customer):
    fund(customer, "20.00")
    payment = spend(customer, "20.00")
    spend(customer, "20.00", key=payment.entry.key)

    told = OutboxEvent.objects.filter(kind="billing.WalletCharged")
    assert [event.payload["entry_id"] for event in told] == [payment.entry.pk]


@pytest.mark.parametrize("amount", ["0.00", "-5.00", "0.001"])
def test_only_positive_whole_fen_are_charged_or_given_back(customer, now, amount):
    fund(customer, "20.00")
    spend(customer, "10.00", key="buy")

    with pytest.raises(AmountIsNotPositive):
        spend(customer, amount)
    with pytest.raises(AmountIsNotPositive):
        refund(amount, now)

    assert wallet_of(customer).cash == Decimal("10.00")


def test_gifts_are_granted_once_and_taken_back(customer, boss, now):
    give(customer, "10.00", boss, now)
    give(customer, "10.00", boss, now)

    billing.revoke_gift(customer=customer, amount=Decimal("4.00"), key="x", actor=boss, now=now)

    assert wallet_of(customer).gift == Decimal("6.00")
    verbs = AuditEntry.objects.filter(verb__startswith="gift.").order_by("pk")
    assert [entry.verb for entry in verbs] == ["gift.granted", "gift.revoked"]
    with pytest.raises(InsufficientBalance):
        billing.revoke_gift(customer=customer, amount=Decimal("6.01"), key="y", actor=boss, now=now)


def test_gifts_and_credit_need_permission(customer, clerk, rival_boss, now):
    for actor, error in ((clerk, NotFound), (rival_boss, NotFound)):
        with pytest.raises(error):
            give(customer, "1.00", actor, now)
        with pytest.raises(error):
            allow_credit(customer, "1.00", actor, now)

    customer.owner = clerk
    customer.save()
    with pytest.raises(Forbidden):
        give(customer, "1.00", clerk, now)

    assert wallet_of(customer).available == 0


def test_a_credit_limit_is_not_negative(customer, boss, now):
    with pytest.raises(CreditLimitIsNegative):
        allow_credit(customer, "-0.01", boss, now)


def test_lowering_the_limit_keeps_the_debt(customer, boss, now):
    allow_credit(customer, "30.00", boss, now)
    spend(customer, "20.00")

    allow_credit(customer, "5.00", boss, now)

    assert wallet_of(customer).owed == Decimal("20.00")
    with pytest.raises(InsufficientBalance):
        spend(customer, "0.01")


def test_a_refund_pays_bills_that_claim_more_than_is_owed(customer, boss, now):
    allow_credit(customer, "10.00", boss, now)
    spend(customer, "10.00", key="buy")
    fund(customer, "6.00")
    month = bill(customer, "8.00")

    refund("10.00", now)

    month.refresh_from_db()
    assert (month.owed, wallet_of(customer).owed) == (Decimal("2.00"), Decimal("2.00"))
