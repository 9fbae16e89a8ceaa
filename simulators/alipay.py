"""
The sandbox Alipay: gateway, cashier page, and signed notices that are repeated until `success`.

    GET|POST /gateway.do               page.pay (→ cashier), precreate, query, close, refund
    GET      /cashier/{trade_no}       the pay page
    POST     /cashier/{trade_no}       确认付款
    POST     /control                  {"pay": out_trade_no} | {"notice": "late", …} | …
    GET      /notices?out_trade_no=    what was sent and how it was answered
"""

import html
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from simulators.alipay_notices import NoticePlan, NoticeSender
from simulators.alipay_state import (
    CLOSED,
    PAID,
    SHANGHAI,
    AlipayRefused,
    AlipayState,
    Order,
    amount,
    clock,
)
from simulators.faults import Faults
from simulators.keys import ALIPAY_APP_ID, ALIPAY_SELLER_ID, SandboxKeys
from simulators.signatures import SignatureIsWrong, alipay_content, check_alipay, sign_rsa2
from simulators.store import Row
from simulators.wire import Reply, Request, Server, json_reply, page_reply, redirect, serve_http

RETRY_DELAYS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
Answer = dict[str, object]


@dataclass
class AlipayServer(Server):
    faults: Faults
    state: AlipayState
    notices: NoticeSender

    def stop(self) -> None:
        self.notices.stop()
        super().stop()
        self.state.store.close()


class Alipay:
    def __init__(self, state: AlipayState, keys: SandboxKeys, faults: Faults) -> None:
        self._state, self._faults = state, faults
        self._key = keys.alipay
        self._apps: Mapping[str, RSAPublicKey] = {ALIPAY_APP_ID: keys.alipay_app}
        self.plan = NoticePlan()
        self.url = ""

    def answer(self, request: Request) -> Reply:
        root, _, rest = request.path.strip("/").partition("/")
        match request.method, root:
            case "GET" | "POST", "gateway.do":
                return self._gateway(request)
            case "GET", "cashier":
                return self._cashier(rest)
            case "POST", "cashier":
                return self._confirm(rest)
            case "GET", "notices":
                found = self._state.notices(request.parameters.get("out_trade_no", ""))
                return json_reply({"notices": [dict(notice) for notice in found]})
            case "POST", "control":
                return self._control(request)
        return Reply(404)

    # --- the gateway
    def _gateway(self, request: Request) -> Reply:
        fields = request.parameters | (request.form if request.method == "POST" else {})
        method = fields.get("method", "")
        try:
            self._check(fields)
        except (SignatureIsWrong, AlipayRefused) as error:
            return self._refuse(method, "40002", "Invalid Arguments", str(error))
        fault = self._faults.take(method)
        if fault is not None:
            return fault.spoil(lambda: self._served(method, fields))
        return self._served(method, fields)

    def _check(self, fields: Mapping[str, str]) -> None:
        key = self._apps.get(fields.get("app_id", ""))
        if key is None:
            raise AlipayRefused("isv.invalid-app-id")
        check_alipay(fields, key)
        sent_at = datetime.strptime(fields["timestamp"], "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
        age = datetime.now(SHANGHAI) - sent_at.replace(tzinfo=SHANGHAI)
        if abs(age.total_seconds()) > 24 * 3600:
            raise AlipayRefused("isv.invalid-timestamp")

    def _served(self, method: str, fields: Mapping[str, str]) -> Reply:
        content = json.loads(fields.get("biz_content") or "{}")
        acts = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
        }
        try:
            if method == "alipay.trade.page.pay":
                trade = self._state.open_trade(_order(fields, content))
                return redirect(f"/cashier/{trade['trade_no']}")
            if method not in acts:
                raise AlipayRefused("isv.invalid-method")
            answer = {"code": "10000", "msg": "Success", **acts[method](fields, content)}
            return self._signed(method, answer)
        except AlipayRefused as error:
            return self._refuse(method, "40004", "Business Failed", str(error))

    def _precreate(self, fields: Mapping[str, str], content: Mapping[str, str]) -> Answer:
        trade = self._state.open_trade(_order(fields, content))
        url = f"{self.url}/cashier/{trade['trade_no']}"
        return {"out_trade_no": trade["out_trade_no"], "qr_code": url}

    def _query(self, fields: Mapping[str, str], content: Mapping[str, str]) -> Answer:
        return _shown(self._asked(content))

    def _close(self, fields: Mapping[str, str], content: Mapping[str, str]) -> Answer:
        trade = self._asked(content)
        self._state.close(trade)
        return {"out_trade_no": trade["out_trade_no"], "trade_no": trade["trade_no"]}

    def _refund(self, fields: Mapping[str, str], content: Mapping[str, str]) -> Answer:
        trade, number = self._asked(content), str(content.get("out_request_no", ""))
        value = amount(str(content.get("refund_amount", "")))
        is_new = self._state.refund(trade, number, value)
        trade = self._asked(content)
        if is_new:
            facts = {"refund_fee": trade["refunded"], "gmt_refund": clock()}
            self._notify(trade, facts | {"out_biz_no": number or trade["out_trade_no"]})
        return {
            "out_trade_no": trade["out_trade_no"],
            "trade_no": trade["trade_no"],
            "refund_fee": trade["refunded"],
            "fund_change": "Y" if is_new else "N",
        }

    def _refund_query(self, fields: Mapping[str, str], content: Mapping[str, str]) -> Answer:
        trade, number = self._asked(content), str(content.get("out_request_no", ""))
        refund = self._state.refunded(trade, number)
        if refund is None:
            return {}
        return {
            "out_trade_no": trade["out_trade_no"],
            "trade_no": trade["trade_no"],
            "out_request_no": number,
            "refund_amount": refund["amount"],
            "refund_status": "REFUND_SUCCESS",
        }

    def _asked(self, content: Mapping[str, str]) -> Row:
        numbers = content.get("out_trade_no", ""), content.get("trade_no", "")
        return self._state.trade(*map(str, numbers))

    def _refuse(self, method: str, code: str, message: str, sub_code: str) -> Reply:
        if method == "alipay.trade.page.pay":
            return page_reply("alipay_refused.html", 400, reason=html.escape(sub_code))
        answer: Answer = {"code": code, "msg": message, "sub_code": sub_code, "sub_msg": sub_code}
        return self._signed(method, answer)

    def _signed(self, method: str, answer: Answer) -> Reply:
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        signature = sign_rsa2(content.encode(), self._key)
        name = method.replace(".", "_") + "_response"
        return Reply(200, f'{{"{name}":{content},"sign":"{signature}"}}'.encode())

    # --- the cashier
    def _cashier(self, trade_no: str) -> Reply:
        try:
            trade = self._state.trade(trade_no=trade_no)
        except AlipayRefused as error:
            return page_reply("alipay_refused.html", 404, reason=html.escape(str(error)))
        if trade["status"] == PAID:
            return self._paid(trade)
        if trade["status"] == CLOSED:
            return page_reply("alipay_refused.html", 409, reason="该交易已关闭")
        return page_reply(
            "alipay_cashier.html",
            subject=html.escape(trade["subject"]),
            amount=f"{amount(trade['total_amount']):,.2f}",
            out_trade_no=html.escape(trade["out_trade_no"]),
            created_at=trade["created_at"],
            action=f"/cashier/{trade['trade_no']}",
        )

    def _confirm(self, trade_no: str) -> Reply:
        try:
            trade = self._state.trade(trade_no=trade_no)
        except AlipayRefused as error:
            return page_reply("alipay_refused.html", 404, reason=html.escape(str(error)))
        self.pay(trade)
        return redirect(f"/cashier/{trade_no}")

    def _paid(self, trade: Row) -> Reply:
        """Lead the buyer back to the shop, with the synchronous answer that proves nothing."""
        back = ""
        if urlsplit(trade["return_url"]).scheme in {"http", "https"}:
            fields = {
                "out_trade_no": trade["out_trade_no"],
                "trade_no": trade["trade_no"],
                "total_amount": trade["total_amount"],
                "app_id": trade["app_id"],
                "method": "alipay.trade.page.pay.return",
                "timestamp": clock(),
                "sign_type": "RSA2",
            }
            content = alipay_content(fields, frozenset({"sign", "sign_type"}))
            fields["sign"] = sign_rsa2(content, self._key)
            joint = "&" if urlsplit(trade["return_url"]).query else "?"
            back = f"{trade['return_url']}{joint}{urlencode(fields)}"
        return page_reply(
            "alipay_paid.html",
            amount=f"{amount(trade['total_amount']):,.2f}",
            trade_no=trade["trade_no"],
            back=html.escape(back),
            visibility="" if back else "hidden",
        )

    def pay(self, trade: Row) -> None:
        """Pay as the buyer would; the notice follows. A second time changes nothing."""
        if self._state.pay(trade):
            self._notify(self._state.trade(trade["out_trade_no"]), {})

    def _notify(self, trade: Row, facts: dict[str, str]) -> None:
        fields = {
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(17),
            "notify_time": clock(),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": trade["app_id"],
            "auth_app_id": trade["app_id"],
            "seller_id": ALIPAY_SELLER_ID,
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["out_trade_no"],
            "subject": trade["subject"],
            "trade_status": trade["status"],
            "total_amount": trade["total_amount"],
            "receipt_amount": trade["total_amount"],
            "buyer_pay_amount": trade["total_amount"],
            "buyer_id": "2088000000009999",
            "gmt_create": trade["created_at"],
            "gmt_payment": trade["paid_at"],
            **facts,
        }
        for changes, delay in self.plan.take():
            self._state.queue_notice(trade, fields | changes, delay)

    def _control(self, request: Request) -> Reply:
        asked = request.json()
        if "pay" in asked:
            try:
                self.pay(self._state.trade(str(asked["pay"])))
            except AlipayRefused as error:
                return json_reply({"error": str(error)}, 404)
        if "notice" in asked:
            self.plan.add(str(asked["notice"]), float(str(asked.get("seconds", 5))))
        if "fault" in asked:
            self._faults.add(str(asked["fault"]), str(asked.get("action", "*")))
        return json_reply({"ok": True})


def serve(
    port: int = 0,
    *,
    keys: SandboxKeys,
    directory: Path | None = None,
    retry_delays: tuple[float, ...] = RETRY_DELAYS,
) -> AlipayServer:
    """
    Start the sandbox Alipay; it knows one application, whose public key is in `keys`.

    :raises SimulatorsAreForbidden: in production
    """
    state, faults = AlipayState(directory), Faults()
    alipay = Alipay(state, keys, faults)
    server = serve_http(alipay.answer, port=port)
    alipay.url = server.url
    sender = NoticeSender(state, keys.alipay, retry_delays, alipay.plan)
    return AlipayServer(server.url, server.stop, faults, state, sender)


def _order(fields: Mapping[str, str], content: Mapping[str, object]) -> Order:
    return Order(
        app_id=fields["app_id"],
        out_trade_no=str(content.get("out_trade_no", "")),
        subject=str(content.get("subject", "")),
        total_amount=str(content.get("total_amount", "")),
        notify_url=fields.get("notify_url", ""),
        return_url=fields.get("return_url", ""),
    )


def _shown(trade: Row) -> Answer:
    answer: Answer = {
        "out_trade_no": trade["out_trade_no"],
        "trade_no": trade["trade_no"],
        "trade_status": trade["status"],
        "total_amount": trade["total_amount"],
        "buyer_user_id": "2088000000009999",
    }
    return answer | ({"send_pay_date": trade["paid_at"]} if trade["paid_at"] else {})
