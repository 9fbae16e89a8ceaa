"""Where payment channels call. No session, no CSRF token: the signature is the credential."""

from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.billing import services
from apps.billing.enums import Channel
from apps.core.errors import DomainError
from apps.core.retry import retry_txn

LARGEST_NOTICE = 20_000


@csrf_exempt
@require_POST
def alipay(request: HttpRequest) -> HttpResponse:
    """`success` once a notice is done; anything else lets Alipay repeat it. Never says why."""
    is_done = False
    if int(request.META.get("CONTENT_LENGTH") or 0) <= LARGEST_NOTICE:
        fields = {name: texts[-1] for name, texts in request.POST.lists() if len(texts) == 1}
        is_whole = len(fields) == len(request.POST)
        try:
            is_done = is_whole and retry_txn(services.receive_notice)(
                channel=Channel.ALIPAY, fields=fields, now=timezone.now()
            )
        except DomainError:
            is_done = False
    return HttpResponse("success" if is_done else "failure", content_type="text/plain")


urlpatterns = [path("alipay/", alipay, name="callback-alipay")]
