"""The SMS gateway of the sandbox: Alibaba Cloud's dysmsapi, SendSms and QuerySendDetails."""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from simulators.faults import Faults
from simulators.mailbox_state import MailboxState, Message
from simulators.signatures import SignatureIsWrong, check_acs3
from simulators.wire import Reply, Request, json_reply

VERSION = "2017-05-25"
SHANGHAI = ZoneInfo("Asia/Shanghai")
DELIVERED, MOST_ON_A_PAGE = 3, 50
PHONE = re.compile(r"(\+?86)?1[3-9]\d{9}")
# What our templates say once the provider has filled them in.
TEXTS = {
    "SMS_VERIFICATION": "您的验证码是 ${code}，10 分钟内有效。请勿告诉他人。",
    "SMS_ALREADY_REGISTERED": "有人正用您的手机号注册，但该号码已有账号。如是您本人，请直接登录。",
    "SMS_NEW_DEVICE": "您的账号刚刚在新设备上登录：${device}。如非本人操作，请立即修改密码。",
    "SMS_ORDER_COMPLETED": "您的订单 ${number} 已开通完成，请登录控制台查看。",
    "SMS_RECHARGE_PAID": "您已成功充值 ${amount}，可用余额 ${available}。",
    "SMS_APPROVAL_TASK": "${applicant} 提交的“${title}”等待您审批。",
}


class SmsGateway:
    def __init__(self, state: MailboxState, faults: Faults, access_keys: Mapping[str, str]) -> None:
        self._state, self._faults, self._access_keys = state, faults, access_keys

    def answer(self, request: Request) -> Reply:
        try:
            check_acs3(request, self._access_keys, datetime.now(UTC))
        except SignatureIsWrong as error:
            return _failure(str(error), 400)
        action = request.headers.get("x-acs-action", "")
        fault = self._faults.take(action)
        if fault is not None:
            return fault.spoil(lambda: self._served(action, request))
        return self._served(action, request)

    def _served(self, action: str, request: Request) -> Reply:
        asked = request.parameters | request.form
        if request.headers.get("x-acs-version") != VERSION:
            return _failure("InvalidVersion", 400)
        match action:
            case "SendSms":
                return self._send(asked)
            case "QuerySendDetails":
                return self._details(asked)
        return _failure("InvalidAction.NotFound", 404)

    def _send(self, asked: Mapping[str, str]) -> Reply:
        """Business refusals come with HTTP 200, as the vendor sends them."""
        if not PHONE.fullmatch(asked.get("PhoneNumbers", "")):
            return _failure("isv.MOBILE_NUMBER_ILLEGAL", 200)
        if not asked.get("SignName"):
            return _failure("isv.SMS_SIGNATURE_ILLEGAL", 200)
        text = TEXTS.get(asked.get("TemplateCode", ""))
        try:
            parameters = json.loads(asked.get("TemplateParam") or "{}")
            text = _filled(text or "", parameters)
        except (ValueError, KeyError):
            return _failure("isv.TEMPLATE_MISSING_PARAMETERS", 200)
        if not text:
            return _failure("isv.SMS_TEMPLATE_ILLEGAL", 200)
        message_id = secrets.token_hex(10)
        self._state.add(
            Message(
                id=message_id,
                kind="sms",
                recipient=asked["PhoneNumbers"],
                sender=asked["SignName"],
                subject="",
                text=f"【{asked['SignName']}】{text}",
                code=str(parameters.get("code", "")),
                received_at=datetime.now(UTC),
            ),
            out_id=asked.get("OutId", ""),
        )
        return json_reply(_answer("OK") | {"BizId": message_id})

    def _details(self, asked: Mapping[str, str]) -> Reply:
        """One number and one day of Shanghai, as the vendor demands; a page of at most 50."""
        wanted = ("PhoneNumber", "SendDate", "PageSize", "CurrentPage")
        if not all(asked.get(name) for name in wanted):
            return _failure("isv.INVALID_PARAMETERS", 200)
        found = [
            (message, out_id)
            for message, out_id in self._state.texts_to(asked["PhoneNumber"])
            if asked.get("BizId", message.id) == message.id
            if f"{message.received_at.astimezone(SHANGHAI):%Y%m%d}" == asked["SendDate"]
        ]
        size = min(int(asked["PageSize"]), MOST_ON_A_PAGE)
        first = (int(asked["CurrentPage"]) - 1) * size
        details = [_detail(message, out_id) for message, out_id in found[first : first + size]]
        listed = {"SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}
        return json_reply(_answer("OK") | {"TotalCount": str(len(found)), **listed})


def _detail(message: Message, out_id: str) -> dict[str, object]:
    return {
        "PhoneNum": message.recipient,
        "SendStatus": DELIVERED,
        "OutId": out_id,
        "Content": message.text,
        "SendDate": f"{message.received_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
    }


def _filled(template: str, parameters: Mapping[str, object]) -> str:
    """:raises KeyError: if a parameter is missing"""
    return re.sub(r"\$\{(\w+)\}", lambda match: str(parameters[match[1]]), template)


def _answer(code: str) -> dict[str, object]:
    return {"Code": code, "Message": code, "RequestId": secrets.token_hex(16)}


def _failure(code: str, status: int) -> Reply:
    return json_reply(_answer(code), status)
