"""Where DingTalk calls. No session, no CSRF token: the signature is the credential."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.core.retry import retry_txn
from apps.notifications.dingtalk.crypto import Sealed
from apps.notifications.dingtalk.errors import EnvelopeIsWrong
from apps.notifications.services import dingtalk as services

LARGEST_CALLBACK = 64 * 1024


@csrf_exempt
@require_POST
def dingtalk(request: HttpRequest, tenant_code: str) -> HttpResponse:
    """The encrypted `success` once the event is written down. A refusal never says why."""
    sealed = _sealed(request)
    if sealed is None:
        return HttpResponse(status=403)
    try:
        answer = retry_txn(services.receive_callback)(
            tenant_code=tenant_code, sealed=sealed, now=timezone.now()
        )
    except EnvelopeIsWrong:
        return HttpResponse(status=403)
    return JsonResponse(
        {
            "msg_signature": answer.signature,
            "timeStamp": answer.timestamp,
            "nonce": answer.nonce,
            "encrypt": answer.encrypt,
        }
    )


def _sealed(request: HttpRequest) -> Sealed | None:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALLBACK:
        return None
    try:
        encrypt = json.loads(request.body)["encrypt"]
    except (ValueError, KeyError, TypeError):
        return None
    query = request.GET
    return Sealed(
        signature=query.get("msg_signature") or query.get("signature", ""),
        timestamp=query.get("timestamp", ""),
        nonce=query.get("nonce", ""),
        encrypt=str(encrypt),
    )


urlpatterns = [path("dingtalk/<slug:tenant_code>/", dingtalk, name="callback-dingtalk")]
