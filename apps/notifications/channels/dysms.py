"""
Alibaba Cloud's dysmsapi, or the sandbox gateway that speaks the same. Loaded by `channels.sms`.

The vendor's SDK takes more than a second to import: only who sends a text message pays for it.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_dysmsapi20170525 import models
from alibabacloud_dysmsapi20170525.client import Client
from alibabacloud_tea_openapi.models import Config
from django.conf import settings
from Tea.exceptions import TeaException

from apps.notifications.channels.sms import Fate, Report
from apps.notifications.errors import MessageWasRefused, ProviderIsBusy, ProviderIsSilent

CONNECT_TIMEOUT, READ_TIMEOUT = 3_000, 8_000  # milliseconds
BUSY = frozenset({"isv.BUSINESS_LIMIT_CONTROL", "isp.SYSTEM_ERROR", "isp.RAM_PERMISSION_DENY"})
CHINA = "+86"
PAGE, MOST_PAGES = 50, 20
REFUSED_BY_NETWORK = 2  # SendStatus; 1 waits for the receipt, 3 has arrived


def send(
    *, phone: str, sign_name: str, template_code: str, parameters: Mapping[str, str], key: str
) -> str:
    """See `channels.sms.Gateway.send`."""
    request = models.SendSmsRequest(
        phone_numbers=phone.removeprefix(CHINA),
        sign_name=sign_name,
        template_code=template_code,
        template_param=json.dumps(dict(parameters), ensure_ascii=False),
        out_id=key,
    )
    try:
        answer = _client().send_sms(request).body
    except TeaException as error:
        raise _failure(error) from None  # the SDK's error carries the whole request
    if answer.code != "OK":
        raise _refusal(str(answer.code))
    return str(answer.biz_id)


def find(*, phone: str, key: str, days: Sequence[str]) -> Report:
    """See `channels.sms.Gateway.find`. Only OutId, our key, tells which message it was."""
    for day in days:
        for page in range(1, MOST_PAGES + 1):
            details = _details(phone, day, page)
            for detail in details:
                if detail.out_id == key:
                    return _report(detail)
            if len(details) < PAGE:
                break
    return Report(Fate.NOT_THERE)


def _details(phone: str, day: str, page: int) -> list[Any]:
    request = models.QuerySendDetailsRequest(
        phone_number=phone.removeprefix(CHINA), send_date=day, page_size=PAGE, current_page=page
    )
    try:
        answer = _client().query_send_details(request).body
    except TeaException as error:
        raise _failure(error) from None
    if answer.code != "OK":
        raise _refusal(str(answer.code))
    listed = answer.sms_send_detail_dtos
    return list(listed.sms_send_detail_dto or []) if listed else []


def _report(detail: Any) -> Report:
    if detail.send_status == REFUSED_BY_NETWORK:
        return Report(Fate.FAILED, problem=str(detail.err_code or "not delivered")[:100])
    return Report(Fate.OUT)


def _failure(error: TeaException) -> MessageWasRefused | ProviderIsBusy | ProviderIsSilent:
    status = getattr(error, "status_code", None) or getattr(error, "statusCode", None)
    code = str(getattr(error, "code", "") or "")
    if status is None or not 400 <= int(status) < 500:
        return ProviderIsSilent()
    return _refusal(code)


def _refusal(code: str) -> MessageWasRefused | ProviderIsBusy:
    if code in BUSY or code.startswith("Throttling"):
        return ProviderIsBusy()
    return MessageWasRefused(provider_code=code[:100])


def _client() -> Client:
    endpoint = settings.SANDBOX_URLS["sms"] if settings.IS_SANDBOX else settings.SMS_ENDPOINT
    return _client_at(endpoint, settings.SMS_ACCESS_KEY_ID, settings.SMS_ACCESS_KEY_SECRET)


@lru_cache(maxsize=4)
def _client_at(endpoint: str, access_key_id: str, access_key_secret: str) -> Client:
    address = urlsplit(endpoint)
    return Client(
        Config(
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
            endpoint=address.netloc,
            protocol=address.scheme.upper(),
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=READ_TIMEOUT,
        )
    )
