from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from apps.billing import services as billing
from apps.billing.channels import Trade
from apps.billing.enums import LotKind, RechargeStatus
from apps.billing.errors import (
    AmountDiffers,
    ChannelIsNotOffered,
    ChannelIsUnavailable,
    RechargeIsOutOfRange,
    RechargeIsUnknown,
    TradeWasUsed,
)
from apps.billing.models import Entry, Lot, Recharge
from apps.billing.selectors import has_recharged, wallet_of
from apps.billing.tasks import settle_recharges
from apps.core.errors import Forbidden, NotFound
from apps.core.models import OutboxEvent
from simulators import alipay as sandbox_alipay
from tests.factories.billing import RechargeFactory, fund

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite, pytest.mark.usefixtures("books_agree")]


def start(customer, actor, now, amount="88.88", channel="alipay"):
    return billing.start_recharge(
        customer=customer, amount=Decimal(amount), channel=channel, actor=actor, now=now
    )


def confirm(recharge, now, amount=None, trade_no="T1"):
    return billing.confirm_recharge(
        number=recharge.number,
        amount=Decimal(amount or recharge.amount),
        channel_trade_no=trade_no,
        now=now,
    )


@pytest.mark.usefixtures("alipay")
class TestStart:
    def test_signs_an_order_for_the_channel(self, customer, member, now, settings):
        recharge = start(customer, member, now)

        sent = {n: v[0] for n, v in parse_qs(urlsplit(recharge.pay_url).query).items()}
        assert recharge.pay_url.startswith(settings.ALIPAY["url"])
        assert (sent["method"], sent["sign_type"]) == ("alipay.trade.page.pay", "RSA2")
        assert sent["notify_url"].endswith("/callbacks/alipay/")
        assert f'"out_trade_no":"{recharge.number}"' in sent["biz_content"]
        assert '"total_amount":"88.88"' in sent["biz_content"]
        assert '"time_expire":"2026-11-20 10:30:00"' in sent["biz_content"]
        assert (recharge.status, recharge.started_by) == (RechargeStatus.CREATED, member)
        assert wallet_of(customer).cash == 0

    @pytest.mark.parametrize("amount", ["0.99", "1000000.01"])
    def test_amounts_have_limits(self, customer, member, now, amount):
        with pytest.raises(RechargeIsOutOfRange) as refused:
            start(customer, member, now, amount)

        assert "¥1.00" in refused.value.fields["amount"]
        assert not Recharge.objects.exists()

    def test_only_online_channels_are_offered(self, customer, member, now):
        with pytest.raises(ChannelIsNotOffered):
            start(customer, member, now, channel="bank")

        assert not Recharge.objects.exists()

    def test_a_channel_without_keys_is_not_offered(self, customer, member, now, settings):
        settings.ALIPAY = {**settings.ALIPAY, "app_private_key": "/nowhere"}

        with pytest.raises(ChannelIsNotOffered):
            start(customer, member, now)

    def test_needs_permission_and_the_own_customer(self, customer, outsider, stranger, now):
        for actor in (outsider, stranger):
            with pytest.raises(NotFound):
                start(customer, actor, now)

        assert not Recharge.objects.exists()


class TestConfirm:
    def test_credits_once_as_a_lot(self, customer, now):
        recharge = RechargeFactory(customer=customer)

        first, again = confirm(recharge, now), confirm(recharge, now + timedelta(hours=1))

        lot = Lot.objects.get()
        assert (first.status, again.paid_at) == (RechargeStatus.PAID, now)
        assert (lot.recharge, lot.kind, lot.amount) == (recharge, LotKind.RECHARGE, 100)
        assert wallet_of(customer).cash == Decimal("100.00")
        assert OutboxEvent.objects.filter(kind="billing.RechargePaid").count() == 1

    def test_money_that_comes_late_is_still_the_customers(self, customer, now):
        recharge = RechargeFactory(customer=customer, closed=True)

        assert confirm(recharge, now).status == RechargeStatus.PAID
        assert wallet_of(customer).cash == Decimal("100.00")

    @pytest.mark.parametrize("amount", ["99.99", "100.01", "0.01"])
    def test_another_amount_is_refused(self, customer, now, amount):
        recharge = RechargeFactory(customer=customer)

        with pytest.raises(AmountDiffers):
            confirm(recharge, now, amount)

        recharge.refresh_from_db()
        assert (recharge.status, wallet_of(customer).cash) == (RechargeStatus.CREATED, 0)

    def test_an_unknown_number_is_refused(self, now):
        with pytest.raises(RechargeIsUnknown):
            confirm(Recharge(number="REC20260101999999", amount=1), now)

    def test_one_transaction_pays_one_recharge(self, customer, now):
        first, second = RechargeFactory.create_batch(2, customer=customer)
        confirm(first, now)

        with pytest.raises(TradeWasUsed):
            confirm(second, now)
        with pytest.raises(TradeWasUsed):
            confirm(first, now, trade_no="T2")

        assert wallet_of(customer).cash == Decimal("100.00")


class TestBankTransfer:
    def record(self, customer, actor, now, reference="B1"):
        return billing.record_bank_recharge(
            customer=customer,
            amount=Decimal("500.00"),
            reference=reference,
            actor=actor,
            now=now,
        )

    def test_is_credited_by_finance(self, customer, boss, now):
        recharge = self.record(customer, boss, now)

        assert (recharge.status, recharge.channel_trade_no) == (RechargeStatus.PAID, "B1")
        assert wallet_of(customer).cash == Decimal("500.00")

    def test_is_credited_once(self, customer, boss, now):
        self.record(customer, boss, now)

        with pytest.raises(TradeWasUsed):
            self.record(customer, boss, now)

        assert wallet_of(customer).cash == Decimal("500.00")

    def test_needs_permission(self, customer, member, now):
        with pytest.raises(Forbidden):
            self.record(customer, member, now)

        assert not Entry.objects.exists()


class TestSettle:
    def answer(self, recharge, **facts):
        known = {"is_paid": False, "is_open": False, "amount": recharge.amount, "trade_no": "T1"}
        return Trade(**{**known, **facts})

    def test_credits_what_the_channel_says_is_paid(self, customer, now):
        recharge = RechargeFactory(customer=customer)

        billing.settle_recharge(
            recharge=recharge, trade=self.answer(recharge, is_paid=True), now=now
        )

        assert wallet_of(customer).cash == Decimal("100.00")

    def test_closes_what_has_expired(self, customer):
        recharge = RechargeFactory(customer=customer)
        late = recharge.expires_at

        early = billing.settle_recharge(
            recharge=recharge, trade=self.answer(recharge), now=late - timedelta(seconds=1)
        )
        closed = billing.settle_recharge(recharge=recharge, trade=self.answer(recharge), now=late)

        assert (early.status, closed.status) == (RechargeStatus.CREATED, RechargeStatus.CLOSED)
        assert closed.closed_at == late


@pytest.fixture
def gateway(alipay, settings):
    """The sandbox Alipay, listening."""
    server = sandbox_alipay.serve(keys=alipay)
    settings.ALIPAY = {**settings.ALIPAY, "url": f"{server.url}/gateway.do", "notify_url": ""}
    yield server
    server.stop()


class TestOverTheWire:
    def pay(self, gateway, recharge):
        urlopen(recharge.pay_url).read()  # noqa: S310  loopback: the pay page makes the trade
        gateway.state.pay(gateway.state.trade(recharge.number))

    def test_the_sweep_finds_a_payment_that_no_notice_told(self, gateway, customer, member, now):
        recharge = start(customer, member, now - timedelta(minutes=2))
        self.pay(gateway, recharge)

        settle_recharges()

        recharge.refresh_from_db()
        assert (recharge.status, wallet_of(customer).cash) == (
            RechargeStatus.PAID,
            Decimal("88.88"),
        )

    def test_an_expired_order_is_closed_there_and_here(self, gateway, customer, member, now):
        recharge = start(customer, member, now)
        urlopen(recharge.pay_url).read()  # noqa: S310  loopback

        trade = billing.ask_channel(recharge=recharge, now=recharge.expires_at)
        billing.settle_recharge(recharge=recharge, trade=trade, now=recharge.expires_at)

        recharge.refresh_from_db()
        assert recharge.status == RechargeStatus.CLOSED
        assert gateway.state.trade(recharge.number)["status"] == "TRADE_CLOSED"

    def test_an_order_nobody_opened_is_not_paid(self, gateway, customer, member, now):
        recharge = start(customer, member, now)

        trade = billing.ask_channel(recharge=recharge, now=now)

        assert (trade.is_paid, trade.is_open) == (False, False)

    def test_a_channel_that_does_not_answer_is_unknown_not_failed(self, gateway, customer, now):
        recharge = RechargeFactory(customer=customer)
        gateway.stop()

        with pytest.raises(ChannelIsUnavailable):
            billing.ask_channel(recharge=recharge, now=now)

        recharge.refresh_from_db()
        assert recharge.status == RechargeStatus.CREATED

    def test_an_answer_with_another_signature_is_not_believed(
        self, gateway, customer, member, now, settings, alipay
    ):
        recharge = start(customer, member, now)
        self.pay(gateway, recharge)
        settings.ALIPAY = {**settings.ALIPAY, "alipay_public_key": str(alipay.app_public)}

        with pytest.raises(ChannelIsUnavailable):
            billing.ask_channel(recharge=recharge, now=now)


def test_funding_in_tests_is_the_real_thing(customer):
    assert fund(customer, "12.00").status == RechargeStatus.PAID
    assert wallet_of(customer).cash == Decimal("12.00")


def test_the_first_money_ticks_the_checklist(api, member, customer, boss, now):
    assert not has_recharged(customer)

    billing.record_bank_recharge(
        customer=customer, amount=Decimal("10.00"), reference="BANK1", actor=boss, now=now
    )

    assert api(member).get("/api/v1/me/").json()["checklist"]["recharged"] is True
