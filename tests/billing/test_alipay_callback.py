from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from apps.billing.enums import NoticeOutcome, RechargeStatus
from apps.billing.models import Entry, PaymentNotice
from apps.billing.selectors import wallet_of
from simulators.signatures import alipay_content, sign_rsa2
from tests.factories.billing import RechargeFactory

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.sqlite,
    pytest.mark.usefixtures("alipay", "books_agree"),
]
URL = "/callbacks/alipay/"
SENT_AT = "2026-11-20 10:00:00"


@pytest.fixture(autouse=True)
def _clock(now):
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def recharge(customer):
    return RechargeFactory(customer=customer)


@pytest.fixture
def notify(alipay, settings, recharge):
    """`notify(field=value)` posts a signed notice and gives the answer; None leaves a field out."""

    def fields(**changes):
        facts = {
            "notify_id": "n1",
            "notify_type": "trade_status_sync",
            "notify_time": SENT_AT,
            "charset": "utf-8",
            "version": "1.0",
            "app_id": settings.ALIPAY["app_id"],
            "seller_id": settings.ALIPAY["seller_id"],
            "trade_no": "2026112022001",
            "out_trade_no": recharge.number,
            "subject": "账户充值",
            "trade_status": "TRADE_SUCCESS",
            "total_amount": "100.00",
            "buyer_id": "2088000000009999",
            **changes,
        }
        return {name: text for name, text in facts.items() if text is not None}

    def sign(facts, key=None):
        content = alipay_content(facts, frozenset({"sign", "sign_type"}))
        return facts | {"sign": sign_rsa2(content, key or alipay.alipay), "sign_type": "RSA2"}

    def send(*, tamper=None, key=None, **changes):
        signed = sign(fields(**changes), key) | (tamper or {})
        answer = Client(enforce_csrf_checks=True).post(URL, signed)
        assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain")
        return answer.content.decode()

    return send


def assert_nothing_happened(recharge):
    recharge.refresh_from_db()
    assert recharge.paid_at is None
    assert (Entry.objects.count(), wallet_of(recharge.customer).cash) == (0, 0)


def test_a_good_notice_credits(notify, recharge, now):
    assert notify() == "success"

    recharge.refresh_from_db()
    notice = PaymentNotice.objects.get()
    assert (recharge.status, recharge.channel_trade_no) == (RechargeStatus.PAID, "2026112022001")
    assert wallet_of(recharge.customer).cash == Decimal("100.00")
    assert (notice.outcome, notice.recharge, notice.event) == (
        NoticeOutcome.CREDITED,
        recharge,
        "n1",
    )
    assert "buyer_id" not in notice.facts


def test_duplicates_credit_once(notify, recharge):
    answers = [notify(), notify(), notify(notify_id="n2"), notify(trade_status="TRADE_FINISHED")]

    assert answers == ["success"] * 4
    assert wallet_of(recharge.customer).cash == Decimal("100.00")


def test_a_late_notice_credits_a_closed_recharge(notify, recharge, customer):
    closed = RechargeFactory(customer=customer, closed=True)

    assert notify(out_trade_no=closed.number) == "success"
    assert wallet_of(customer).cash == Decimal("100.00")


@pytest.mark.parametrize(
    "changes",
    [
        {"total_amount": "99.99"},
        {"total_amount": "100.001"},
        {"total_amount": "1e2"},
        {"total_amount": "１００.00"},
        {"total_amount": "-100.00"},
        {"total_amount": None},
        {"app_id": "2021000000009999"},
        {"app_id": None},
        {"seller_id": "2088000000009999"},
        {"seller_id": None},
        {"out_trade_no": "REC20991231000001"},
        {"out_trade_no": None},
        {"notify_id": None},
        {"notify_time": "2026-11-19 07:59:59"},
        {"notify_time": "2026-11-20 10:05:01"},
        {"notify_time": "yesterday"},
        {"notify_time": None},
    ],
    ids=str,
)
def test_a_signed_notice_that_does_not_match_is_refused(notify, recharge, changes):
    assert notify(**changes) == "failure"

    assert_nothing_happened(recharge)


@pytest.mark.parametrize(
    "tamper",
    [
        {"total_amount": "10000.00"},
        {"out_trade_no": "REC20261120999999"},
        {"extra": "field"},
        {"sign": "AAAA"},
        {"sign": ""},
        {"sign": "not base64 at all!"},
        {"sign_type": "RSA"},
        {"sign_type": ""},
    ],
    ids=str,
)
def test_what_the_channel_did_not_sign_is_refused(notify, recharge, tamper):
    assert notify(tamper=tamper) == "failure"

    assert_nothing_happened(recharge)
    assert not PaymentNotice.objects.exists()


def test_another_key_is_refused(notify, recharge, alipay):
    own = type(alipay)(**{**vars(alipay), "alipay_private": alipay.app_private})

    assert notify(key=own.alipay) == "failure"
    assert_nothing_happened(recharge)


def test_a_field_given_twice_is_refused(notify, recharge, alipay):
    body = "out_trade_no=a&out_trade_no=b&sign=x&sign_type=RSA2"

    answer = Client().post(URL, body, content_type="application/x-www-form-urlencoded")

    assert answer.content == b"failure"
    assert_nothing_happened(recharge)


@pytest.mark.parametrize("status", ["WAIT_BUYER_PAY", "TRADE_CLOSED", "TRADE_WHATEVER"])
def test_other_states_are_taken_note_of_and_pay_nothing(notify, recharge, status):
    assert notify(trade_status=status) == "success"

    assert_nothing_happened(recharge)


@pytest.mark.parametrize("field", ["refund_fee", "gmt_refund", "out_biz_no"])
def test_the_notice_of_a_partial_refund_pays_nothing(notify, recharge, field):
    assert notify(**{field: "1.00"}) == "success"

    assert_nothing_happened(recharge)


def test_a_notice_before_our_commit_is_repeated_until_we_know_the_number(
    notify, recharge, customer
):
    early = RechargeFactory.build(customer=customer, tenant=customer.tenant)
    assert notify(out_trade_no=early.number) == "failure"

    early.save()

    assert notify(out_trade_no=early.number) == "success"
    assert wallet_of(customer).cash == Decimal("100.00")
    assert PaymentNotice.objects.get().outcome == NoticeOutcome.CREDITED


def test_one_transaction_of_the_channel_pays_one_recharge(notify, recharge, customer):
    other = RechargeFactory(customer=customer)
    notify()

    assert notify(out_trade_no=other.number, notify_id="n2") == "failure"
    assert wallet_of(customer).cash == Decimal("100.00")


def test_a_refused_notice_says_why_to_us_alone(notify, recharge):
    assert notify(total_amount="99.99") == "failure"

    notice = PaymentNotice.objects.get()
    assert (notice.outcome, notice.reason) == (NoticeOutcome.REFUSED, "billing.amount_differs")


def test_only_posts_of_a_reasonable_size_are_read(recharge):
    assert Client().get(URL).status_code == 405
    assert Client().post(URL, {"x": "y" * 30_000}).content == b"failure"
    assert Client().post(URL, {}).content == b"failure"


def test_without_keys_nothing_is_accepted(notify, recharge, settings):
    settings.ALIPAY = {**settings.ALIPAY, "alipay_public_key": ""}

    assert notify() == "failure"
    assert_nothing_happened(recharge)
