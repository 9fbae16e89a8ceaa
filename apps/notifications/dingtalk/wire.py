"""HTTP to DingTalk and nowhere else: fixed hosts, no redirects, short waits, a cap on answers."""

import json
from collections.abc import Mapping
from typing import Any

import requests
from django.conf import settings

from apps.notifications.dingtalk.errors import DingtalkIsBusy, DingtalkIsSilent, DingtalkRefused

# Nobody can configure them, so nobody can send our secrets elsewhere.
API = "https://api.dingtalk.com"
OAPI = "https://oapi.dingtalk.com"
TIMEOUT = (3.05, 8)  # seconds to connect, and between two bytes
LARGEST_ANSWER = 1024 * 1024
THROTTLED, SERVER_FAILED, BAD_REQUEST = 429, 500, 400
BUSY_CODES = ("Throttling", "Forbidden.AccessDenied.QpsLimit", "QpsLimit", "ServiceUnavailable")
BUSY_ERRCODES = frozenset({-1, 88, 90002, 90018})
BAD_TOKEN_CODES = frozenset({"InvalidAuthentication"})
BAD_TOKEN_ERRCODES = frozenset({40001, 40014, 42001})


class TokenIsStale(Exception):
    """DingTalk does not take the access token any more: get another, and ask again."""


def api_url(path: str) -> str:
    return (settings.SANDBOX_URLS["dingtalk"] if settings.IS_SANDBOX else API) + path


def oapi_url(path: str) -> str:
    return (settings.SANDBOX_URLS["dingtalk"] if settings.IS_SANDBOX else OAPI) + path


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    One request, never repeated here; the answer as JSON. Errors carry no header and no body.

    :raises DingtalkRefused: it will never do this
    :raises DingtalkIsBusy: nothing happened
    :raises DingtalkIsSilent: it may have happened
    :raises TokenIsStale: the access token
    """
    try:
        with requests.request(
            method,
            url,
            headers=dict(headers or {}),
            params=dict(query or {}),
            json=body,
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as answer:
            text = answer.raw.read(LARGEST_ANSWER + 1, decode_content=True)
            status = answer.status_code
    except (requests.ConnectTimeout, requests.exceptions.ProxyError):
        raise DingtalkIsBusy from None
    except requests.ConnectionError as error:
        raise _unsent(error) from None
    except (requests.RequestException, OSError):
        raise DingtalkIsSilent from None
    return _content(status, text)


def _unsent(error: requests.ConnectionError) -> DingtalkIsBusy | DingtalkIsSilent:
    """Nobody listened: nothing happened. A line cut later leaves it open."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    is_unsent = type(reason).__name__ in {"NewConnectionError", "NameResolutionError"}
    return DingtalkIsBusy() if is_unsent else DingtalkIsSilent()


def _content(status: int, text: bytes) -> dict[str, Any]:
    if len(text) > LARGEST_ANSWER:
        raise DingtalkIsSilent
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if status >= SERVER_FAILED or not isinstance(content, dict):
        raise DingtalkIsSilent
    if status >= BAD_REQUEST:
        raise _refusal(str(content.get("code", status)), str(content.get("message", "")), status)
    if content.get("errcode"):
        raise _old_refusal(int(content["errcode"]), str(content.get("errmsg", "")))
    return content


def _refusal(code: str, message: str, status: int) -> Exception:
    if code in BAD_TOKEN_CODES:
        return TokenIsStale()
    if status == THROTTLED or code.startswith(BUSY_CODES):
        return DingtalkIsBusy()
    return DingtalkRefused(provider_code=f"{code} {message}".strip())


def _old_refusal(code: int, message: str) -> Exception:
    if code in BAD_TOKEN_ERRCODES:
        return TokenIsStale()
    if code in BUSY_ERRCODES:
        return DingtalkIsBusy()
    return DingtalkRefused(provider_code=f"{code} {message}".strip())
