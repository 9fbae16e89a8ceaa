from collections.abc import Sequence

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
)
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.schema import problems
from apps.notifications.live.errors import TokenHearsNothing, TooManyStreams
from apps.notifications.live.gate import IN_SCOPE, Admission
from apps.notifications.live.passes import Pass
from apps.rbac.models import ApiToken
from apps.rbac.services import tokens

UNKNOWN = -1  # a last id that is none of ours: the hub answers with a reset
EXAMPLE = 'retry: 3000\n\nid: 42\nevent: order\ndata: {"id":7,"status":"completed"}\n\n'


class WhateverIsAccepted(BaseContentNegotiation):
    """Browsers ask for text/event-stream; a refusal is problem JSON all the same."""

    def select_parser(self, request: Request, parsers: Sequence[BaseParser]) -> BaseParser:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Sequence[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class LiveView(APIView):
    """What happens to you, as it happens: server-sent events.

    `event` is the topic, `data` JSON with the id of the thing and its status; read the rest from
    its own address. `ready` comes when the stream stands, `beat` every 15 seconds; `reset` says
    that events were missed which are no longer kept: read again what you show. After a break send
    the last `id` in `Last-Event-ID` (browsers do it by themselves), and what came meanwhile is
    replayed, each event once. Events are kept for an hour.
    """

    http_method_names = ["get", "options"]  # HEAD would be a stream without an end
    content_negotiation_class = WhateverIsAccepted

    @extend_schema(
        operation_id="live",
        parameters=[
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER),
            OpenApiParameter(
                "last_event_id", str, description="The same, for who can't set the header."
            ),
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(OpenApiTypes.STR, "The stream."),
            204: OpenApiResponse(description="This server has no stream: ask from time to time."),
            **problems(_403="Not this token.", _503="Too many streams of one person."),
        },
        examples=[OpenApiExample("Stream", EXAMPLE, media_type="text/event-stream")],
    )
    def get(self, request: Request) -> HttpResponseBase:
        if isinstance(request.auth, ApiToken) and not _hears(request.auth):
            raise TokenHearsNothing
        admission = getattr(request._request, "scope", {}).get(IN_SCOPE)
        if admission is None:  # a server without the gate; browsers stop asking at 204
            return HttpResponse(status=204)
        return self._admit(request, admission)

    def _admit(self, request: Request, admission: Admission) -> HttpResponseBase:
        """The gate goes on from here: Django's part is over with this answer."""
        if not admission.hub.has_room_for(request.user.pk):
            raise TooManyStreams
        admission.after = _last_id(request)
        admission.pass_ = _pass(request)
        return HttpResponse(
            content_type="text/event-stream",
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )


def _hears(token: ApiToken) -> bool:
    """Events are about anything of its owner's: a token for a few things only hears none."""
    return bool({tokens.READ, tokens.WRITE} & set(token.scopes))


def _pass(request: Request) -> Pass:
    if isinstance(request.auth, ApiToken):
        return Pass(request.user.pk, token_id=request.auth.pk)
    return Pass(request.user.pk, session_key=request.session.session_key)


def _last_id(request: Request) -> int | None:
    text = request.headers.get("Last-Event-ID") or request.query_params.get("last_event_id", "")
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else UNKNOWN
