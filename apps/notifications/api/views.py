from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedReadOnlyViewSet, ScopedViewSet
from apps.notifications import services
from apps.notifications.api import filters, serializers
from apps.notifications.enums import Channel, Digest
from apps.notifications.models import Message


class MessageViewSet(ScopedReadOnlyViewSet):
    """The inbox of the signed-in person, the newest first."""

    account_acts = {"read", "read_all"}
    queryset = Message.objects.all()
    serializer_class = serializers.MessageOut
    filterset_class = filters.MessageFilter

    @extend_schema(summary="How many are unread", responses=serializers.UnreadOut)
    @action(detail=False, pagination_class=None, filterset_class=None)
    def unread(self, request: Request) -> Response:
        return Response({"unread": self.get_queryset().unread().count()})

    @extend_schema(summary="I have read it", request=None, responses=serializers.MessageOut)
    @action(detail=True, methods=["post"])
    def read(self, request: Request, pk: str) -> Response:
        message = self.get_object()
        return self.reply(
            services.mark_read(message=message, actor=request.user, now=timezone.now())
        )

    @extend_schema(summary="I have read all of them", request=None, responses=serializers.UnreadOut)
    @action(detail=False, methods=["post"], url_path="read-all")
    def read_all(self, request: Request) -> Response:
        services.mark_all_read(actor=request.user, now=timezone.now())
        return Response({"unread": self.get_queryset().unread().count()})


class PreferencesViewSet(ScopedViewSet):
    """What the signed-in person hears of, how, and when not."""

    account_acts = {"partial_update"}
    queryset = Message.objects.none()
    serializer_class = serializers.PreferencesOut
    pagination_class = None

    @extend_schema(summary="My message settings", operation_id="me_notification_preferences")
    def retrieve(self, request: Request) -> Response:
        return self._settings(request)

    @extend_schema(
        summary="Change my message settings",
        request=serializers.PreferencesIn,
        operation_id="me_notification_preferences_update",
    )
    def partial_update(self, request: Request) -> Response:
        wanted = self.payload(serializers.PreferencesIn)
        now = timezone.now()
        for switch in wanted.pop("switches", []):
            services.set_preference(
                **{**switch, "channel": Channel(switch["channel"])}, actor=request.user, now=now
            )
        if wanted:
            services.set_times(**self._times(wanted), actor=request.user, now=now)
        return self._settings(request)

    def _times(self, wanted: dict[str, Any]) -> dict[str, Any]:
        known = services.times_of(user=self.request.user)
        times = {name: getattr(known, name) for name in ("quiet_from", "quiet_until", "digest")}
        return {**times, **wanted, "digest": Digest(wanted.get("digest", times["digest"]))}

    def _settings(self, request: Request) -> Response:
        return Response(self.get_serializer(services.settings_of(user=request.user)).data)
