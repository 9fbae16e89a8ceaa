"""Many at once, on MariaDB: the locks are what is tested, so there is no SQLite here."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from apps.billing import services as billing
from apps.billing.errors import InsufficientBalance, KeyWasUsed
from apps.billing.models import Entry, Lot, PaymentNotice, WalletBalance
from apps.billing.selectors import verify_ledger, wallet_of
from apps.core.errors import DomainError
from apps.core.retry import retry_txn
from simulators.signatures import alipay_content, sign_rsa2
from tests.factories.billing import NOON, RechargeFactory, fund, usage

THREADS = 64
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def at_once(act: Callable[[int], object], times: int = THREADS) -> Counter:
    """What `act(0)` … `act(63)` came to, started together."""
    barrier = Barrier(times)

    def run(number: int) -> object:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            return act(number)
        except DomainError as error:
            return type(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return Counter(pool.map(run, range(times)))


def charge(customer, amount, key):
    payment = billing.charge_wallet(
        customer=customer,
        amount=Decimal(amount),
        key=key,
        source=("orders.Order", "1"),
        now=NOON,
    )
    return "hit" if payment.hit else "paid"


buy = retry_txn(charge)


def test_spending_one_balance_never_overdraws(customer):
    for _lot in range(5):
        fund(customer, "20.00")

    came_to = at_once(lambda n: buy(customer, "10.00", f"buy:{n}"))

    assert came_to == {"paid": 10, InsufficientBalance: THREADS - 10}
    assert wallet_of(customer).cash == 0
    assert verify_ledger().is_clean


def test_credit_is_used_to_its_limit_and_not_beyond(customer, boss):
    billing.set_credit_limit(customer=customer, limit=Decimal("45.00"), actor=boss, now=NOON)
    fund(customer, "20.00")

    came_to = at_once(lambda n: buy(customer, "10.00", f"buy:{n}"))

    assert came_to == {"paid": 6, InsufficientBalance: THREADS - 6}
    assert wallet_of(customer).owed == Decimal("40.00")
    assert verify_ledger().is_clean


def test_equal_keys_have_one_effect(customer):
    fund(customer, "1000.00")

    came_to = at_once(lambda n: buy(customer, "10.00", "the key"))

    assert came_to == {"paid": 1, "hit": THREADS - 1}
    assert wallet_of(customer).cash == Decimal("990.00")


def test_equal_keys_with_other_bodies_are_refused(customer):
    fund(customer, "10000.00")

    came_to = at_once(lambda n: buy(customer, f"{n % 2 + 1}.00", "the key"))

    assert came_to["paid"] == 1
    assert came_to["hit"] + came_to[KeyWasUsed] == THREADS - 1
    assert Entry.objects.filter(key="the key").count() == 1
    assert came_to[KeyWasUsed] == THREADS // 2


def test_a_new_wallet_is_opened_once(customer):
    @retry_txn
    def give(number):
        return billing.post_entry(
            key=f"gift:{number}",
            kind="gift",
            legs=[
                billing.Leg(
                    billing.of_tenant("promotion", customer.tenant_id),
                    billing.of_customer("gift", customer.pk),
                    Decimal("1.00"),
                )
            ],
            source=("x.X", "1"),
            period=NOON.date().replace(day=1),
            now=NOON,
        ).hit

    assert at_once(give) == {False: THREADS}
    assert WalletBalance.objects.get().gift == THREADS
    assert verify_ledger().is_clean


def test_one_payment_is_confirmed_once_by_many_notices(customer):
    recharge = RechargeFactory(customer=customer)

    @retry_txn
    def confirm(number):
        return billing.confirm_recharge(
            number=recharge.number, amount=recharge.amount, channel_trade_no="T1", now=NOON
        ).status

    assert at_once(confirm) == {"paid": THREADS}
    assert (wallet_of(customer).cash, Lot.objects.count()) == (Decimal("100.00"), 1)


def test_copies_of_one_notice_credit_once(customer, alipay, settings):
    recharge = RechargeFactory(customer=customer)
    facts = {
        "notify_id": "n1",
        "notify_time": "2026-11-20 12:00:00",
        "app_id": settings.ALIPAY["app_id"],
        "seller_id": settings.ALIPAY["seller_id"],
        "trade_no": "T1",
        "out_trade_no": recharge.number,
        "trade_status": "TRADE_SUCCESS",
        "total_amount": "100.00",
    }
    signature = sign_rsa2(alipay_content(facts, frozenset()), alipay.alipay)
    fields = {**facts, "sign": signature, "sign_type": "RSA2"}

    @retry_txn
    def receive(number):
        return billing.receive_notice(channel="alipay", fields=fields, now=NOON)

    assert at_once(receive) == {True: THREADS}
    assert (wallet_of(customer).cash, PaymentNotice.objects.count()) == (Decimal("100.00"), 1)


def test_refunds_of_one_charge_never_exceed_it(customer):
    fund(customer, "100.00")
    buy(customer, "100.00", "buy")

    @retry_txn
    def refund(number):
        billing.refund_charge(
            key_of_charge="buy", amount=Decimal("30.00"), key=f"refund:{number}", now=NOON
        )
        return "refunded"

    came_to = at_once(refund)

    assert came_to["refunded"] == 3
    assert wallet_of(customer).cash == Decimal("90.00")
    assert verify_ledger().is_clean


def test_all_kinds_at_once_keep_the_books(customer):
    fund(customer, "200.00")
    buy(customer, "50.00", "first")
    month = NOON.date().replace(day=1)

    @retry_txn
    def anything(number):
        match number % 4:
            case 0:
                fund(customer, "10.00")
            case 1:
                charge(customer, "7.00", f"buy:{number}")
            case 2:
                billing.refund_charge(
                    key_of_charge="first", amount=Decimal("1.00"), key=f"r:{number}", now=NOON
                )
            case _:
                billing.charge_usage(
                    customer=customer,
                    month=month,
                    items=[usage(f"{number}.005")],
                    key="usage",
                    now=NOON,
                )
        return "done"

    came_to = at_once(anything)

    assert set(came_to) <= {"done", InsufficientBalance}
    assert verify_ledger().findings == []
