"""Alipay over python-alipay-sdk; what its verification leaves open is closed here."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.error import URLError
from zoneinfo import ZoneInfo

from alipay import AliPay
from alipay.exceptions import AliPayException, AliPayValidationError
from alipay.utils import AliPayConfig

from apps.billing.channels.base import Notice, Order, Trade
from apps.billing.errors import ChannelIsUnavailable

TIMEOUT = 10
SHANGHAI = ZoneInfo("Asia/Shanghai")
PAID = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})
OPEN = "WAIT_BUYER_PAY"
NOT_THERE = "ACQ.TRADE_NOT_EXIST"  # nobody has opened the pay page yet
SUCCESS = "10000"
REFUND_FIELDS = ("refund_fee", "gmt_refund", "out_biz_no")


class AlipayGateway:
    """One merchant application at Alipay, or at the sandbox that speaks like it."""

    def __init__(
        self,
        *,
        url: str,
        app_id: str,
        seller_id: str,
        app_private_key: str,
        alipay_public_key: str,
        notify_url: str,
        return_url: str,
    ) -> None:
        self.app_id, self.seller_id = app_id, seller_id
        self._url, self._return_url = url, return_url
        self._sdk = AliPay(
            appid=app_id,
            app_notify_url=notify_url,
            app_private_key_string=app_private_key,
            alipay_public_key_string=alipay_public_key,
            sign_type="RSA2",
            config=AliPayConfig(timeout=TIMEOUT),
        )
        self._sdk._gateway = url  # the SDK knows production and Alipay's own sandbox only

    def pay_url(self, order: Order) -> str:
        query = self._sdk.api_alipay_trade_page_pay(
            subject=order.subject,
            out_trade_no=order.number,
            total_amount=f"{order.amount:.2f}",
            return_url=self._return_url,
            time_expire=f"{order.expires_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        )
        return f"{self._url}?{query}"

    def query(self, number: str) -> Trade:
        answer = self._asked(lambda: self._sdk.api_alipay_trade_query(out_trade_no=number))
        if answer.get("sub_code") == NOT_THERE:
            return Trade(is_paid=False, is_open=False, amount=Decimal(0), trade_no="")
        if answer.get("code") != SUCCESS or answer.get("out_trade_no") != number:
            raise ChannelIsUnavailable
        try:
            amount = Decimal(answer["total_amount"])
        except (InvalidOperation, KeyError) as error:
            raise ChannelIsUnavailable from error
        status = answer.get("trade_status")
        return Trade(
            is_paid=status in PAID,
            is_open=status == OPEN,
            amount=amount,
            trade_no=answer.get("trade_no", ""),
        )

    def close(self, number: str) -> None:
        answer = self._asked(lambda: self._sdk.api_alipay_trade_close(out_trade_no=number))
        if answer.get("code") != SUCCESS and answer.get("sub_code") != NOT_THERE:
            raise ChannelIsUnavailable

    def read_notice(self, fields: Mapping[str, str]) -> Notice | None:
        signed = {name: text for name, text in fields.items() if text and name != "sign"}
        # The SDK would verify without knowing which algorithm it is to be.
        if fields.get("sign_type") != "RSA2" or not self._is_signed(signed, fields.get("sign", "")):
            return None
        return Notice(
            event=signed.get("notify_id", ""),
            number=signed.get("out_trade_no", ""),
            trade_no=signed.get("trade_no", ""),
            app_id=signed.get("app_id", ""),
            seller_id=signed.get("seller_id", ""),
            status=signed.get("trade_status", ""),
            amount=signed.get("total_amount", ""),
            sent_at=signed.get("notify_time", ""),
            # A partial refund sends TRADE_SUCCESS to the pay address as well.
            is_refund=any(name in signed for name in REFUND_FIELDS),
        )

    def _is_signed(self, fields: dict[str, str], signature: str) -> bool:
        try:
            return bool(self._sdk.verify(dict(fields), signature))
        except (AliPayException, ValueError):  # base64 that is none raises ValueError
            return False

    def _asked(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The verified answer, whatever went wrong on the way being one error."""
        try:
            return call()
        except (AliPayException, AliPayValidationError, URLError, OSError, ValueError) as error:
            raise ChannelIsUnavailable from error
