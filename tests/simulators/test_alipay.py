import time

import pytest
import requests
from alipay import AliPay
from alipay.exceptions import AliPayValidationError

from simulators import alipay
from simulators.keys import ALIPAY_APP_ID, ensure_keys
from simulators.wire import Reply, serve_http


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return ensure_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def server(keys):
    server = alipay.serve(keys=keys, retry_delays=(0.1, 0.1, 0.1))
    yield server
    server.stop()


class Shop:
    """Receives notices; says `fail` to the first ones when told so."""

    def __init__(self):
        self.notices, self.answers = [], []
        self.server = serve_http(self.answer)

    def answer(self, request):
        self.notices.append(request.form)
        return Reply(200, self.answers.pop(0) if self.answers else b"success", "text/plain")

    def wait(self, count, seconds=5.0):
        end = time.monotonic() + seconds
        while len(self.notices) < count and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.25)
        return self.notices


@pytest.fixture
def shop():
    shop = Shop()
    yield shop
    shop.server.stop()


def client(keys, server, private=None):
    made = AliPay(
        appid=ALIPAY_APP_ID,
        app_private_key_string=(private or keys.app_private).read_text(),
        alipay_public_key_string=keys.alipay_public.read_text(),
    )
    made._gateway = f"{server.url}/gateway.do"
    return made


@pytest.fixture
def sdk(keys, server):
    return client(keys, server)


@pytest.fixture
def order(sdk, server, shop):
    signed = sdk.api_alipay_trade_page_pay(
        "账户充值",
        "REC1",
        "88.80",
        notify_url=f"{shop.server.url}/callbacks/alipay/",
        return_url="http://127.0.0.1:9/wallet?tab=recharge",
    )
    return f"{server.url}/gateway.do?{signed}"


def test_shows_a_pay_page_and_takes_the_money_once(order, sdk, shop):
    page = requests.get(order, timeout=5)
    waiting = sdk.api_alipay_trade_query("REC1")["trade_status"]
    paid = requests.post(page.url, timeout=5)
    requests.post(page.url, timeout=5)

    assert "确认付款" in page.text
    assert "¥88.80" in page.text
    assert waiting == "WAIT_BUYER_PAY"
    assert "付款成功" in paid.text
    assert "http://127.0.0.1:9/wallet?tab=recharge&amp;out_trade_no=REC1" in paid.text
    assert sdk.api_alipay_trade_query("REC1")["trade_status"] == "TRADE_SUCCESS"
    assert len(shop.wait(1)) == 1


def test_signs_the_notice_and_repeats_it_until_success(order, sdk, shop):
    shop.answers = [b"fail", b"<html>"]
    requests.post(requests.get(order, timeout=5).url, timeout=5)

    notices = shop.wait(3)

    assert len(notices) == 3
    assert len({notice["notify_id"] for notice in notices}) == 1
    assert notices[0]["total_amount"] == "88.80"
    assert notices[0]["trade_status"] == "TRADE_SUCCESS"
    signature = notices[2].pop("sign")
    assert sdk.verify(notices[2], signature)


def test_refuses_an_order_signed_by_another_key(keys, server):
    stranger = client(keys, server, private=keys.alipay_private)
    signed = stranger.api_alipay_trade_page_pay("x", "REC2", "1.00")

    page = requests.get(f"{server.url}/gateway.do?{signed}", timeout=5)
    query = stranger.api_alipay_trade_query("REC2")

    assert page.status_code == 400
    assert query["sub_code"] == "isv.invalid-signature"


def test_refuses_an_order_changed_by_the_buyer(order, sdk):
    answer = requests.get(order.replace("88.80", "0.01"), timeout=5)

    assert answer.status_code == 400
    assert sdk.api_alipay_trade_query("REC1")["sub_code"] == "ACQ.TRADE_NOT_EXIST"


def test_refuses_the_same_number_with_another_amount(order, sdk, server):
    requests.get(order, timeout=5)
    signed = sdk.api_alipay_trade_page_pay("账户充值", "REC1", "99.00")

    answer = requests.get(f"{server.url}/gateway.do?{signed}", timeout=5)

    assert "ACQ.CONTEXT_INCONSISTENT" in answer.text
    assert sdk.api_alipay_trade_query("REC1")["total_amount"] == "88.80"


def test_its_answers_are_signed_with_its_own_key(order, keys, server):
    requests.get(order, timeout=5)
    fooled = AliPay(
        appid=ALIPAY_APP_ID,
        app_private_key_string=keys.app_private.read_text(),
        alipay_public_key_string=keys.app_public.read_text(),
    )
    fooled._gateway = f"{server.url}/gateway.do"

    with pytest.raises(AliPayValidationError):
        fooled.api_alipay_trade_query("REC1")


def test_refunds_once_per_request_number_and_says_so(order, sdk, shop):
    requests.post(requests.get(order, timeout=5).url, timeout=5)
    first, repeated = (
        sdk.api_alipay_trade_refund("30.00", "REC1", out_request_no="R1") for _ in range(2)
    )
    too_much = sdk.api_alipay_trade_refund("60.00", "REC1", out_request_no="R2")

    assert (first["fund_change"], repeated["fund_change"]) == ("Y", "N")
    assert repeated["refund_fee"] == "30.00"
    assert too_much["sub_code"] == "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"
    # A partial refund is notified as TRADE_SUCCESS too, with refund_fee.
    notices = shop.wait(2)
    assert [notice["trade_status"] for notice in notices] == ["TRADE_SUCCESS"] * 2
    assert [notice.get("refund_fee") for notice in notices] == [None, "30.00"]


def test_closes_an_unpaid_trade_only(order, sdk):
    page = requests.get(order, timeout=5)
    closed = sdk.api_alipay_trade_close("REC1")
    after = requests.post(page.url, timeout=5)

    assert closed["code"] == "10000"
    assert "已关闭" in after.text
    assert sdk.api_alipay_trade_query("REC1")["trade_status"] == "TRADE_CLOSED"


@pytest.mark.parametrize("kind", ["bad_signature", "wrong_amount", "wrong_app", "wrong_seller"])
def test_lies_on_demand(order, sdk, server, shop, kind):
    server.notices.plan.add(kind, 0)
    requests.post(requests.get(order, timeout=5).url, timeout=5)

    notice = dict(shop.wait(1)[0])

    signature = notice.pop("sign")
    assert sdk.verify(dict(notice), signature) is (kind != "bad_signature")
    lies = {
        "bad_signature": True,
        "wrong_amount": notice["total_amount"] == "0.01",
        "wrong_app": notice["app_id"] != ALIPAY_APP_ID,
        "wrong_seller": notice["seller_id"] == "2088999999999999",
    }
    assert lies[kind]


def test_sends_a_notice_twice_on_demand(order, server, shop):
    requests.get(order, timeout=5)
    requests.post(f"{server.url}/control", json={"notice": "duplicate"}, timeout=5)
    requests.post(f"{server.url}/control", json={"pay": "REC1"}, timeout=5)

    notices = shop.wait(2)

    assert len(notices) == 2
    assert notices[0]["notify_id"] == notices[1]["notify_id"]


def test_sends_waiting_notices_after_a_restart(keys, shop, tmp_path):
    shop.answers = [b"fail"]
    first = alipay.serve(keys=keys, directory=tmp_path, retry_delays=(1.0, 0.1))
    signed = client(keys, first).api_alipay_trade_page_pay(
        "x", "REC9", "1.00", notify_url=shop.server.url
    )
    requests.post(requests.get(f"{first.url}/gateway.do?{signed}", timeout=5).url, timeout=5)
    shop.wait(1)
    first.stop()
    second = alipay.serve(keys=keys, directory=tmp_path, retry_delays=(1.0, 0.1))

    notices = shop.wait(2)
    second.stop()

    assert [notice["out_trade_no"] for notice in notices] == ["REC9", "REC9"]
