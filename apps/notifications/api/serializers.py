from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.notifications import catalogue
from apps.notifications.enums import OUTGOING_CHOICES, Channel, Digest
from apps.notifications.models import Message


class MessageOut(serializers.ModelSerializer):
    """`link` is a path of the portal, or "" if there is nothing to open."""

    kind_label = serializers.SerializerMethodField()

    class Meta:
        model = Message
        fields = ("id", "kind", "kind_label", "subject", "text", "link", "created_at", "read_at")

    def get_kind_label(self, message: Message) -> str:
        kind = catalogue.find(message.kind)
        return str(kind.label) if kind else message.kind


class UnreadOut(serializers.Serializer):
    unread = serializers.IntegerField()


class MessageChannelOut(serializers.Serializer):
    """`is_locked`: cannot be switched; `is_offered`: this kind reaches this person so at all."""

    channel = serializers.ChoiceField(choices=Channel.choices)
    is_on = serializers.BooleanField()
    is_locked = serializers.BooleanField()
    is_offered = serializers.BooleanField()


class MessageKindOut(serializers.Serializer):
    code = serializers.CharField(source="kind.code")
    label = serializers.CharField(source="kind.label")
    when = serializers.CharField(source="kind.when")
    is_mandatory = serializers.BooleanField(source="kind.is_mandatory")
    is_urgent = serializers.BooleanField(source="kind.is_urgent")
    may_digest = serializers.BooleanField(source="kind.may_digest")
    channels = MessageChannelOut(many=True)


class ChannelNameOut(serializers.Serializer):
    """`address` is where the channel reaches the person; "" if it does not."""

    channel = serializers.ChoiceField(choices=Channel.choices)
    label = serializers.CharField()
    address = serializers.CharField()


@extend_schema_field({"type": "string", "nullable": True, "example": "22:00"})
class ClockField(serializers.TimeField):
    """A time of day in Shanghai: "22:00"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], allow_null=True, **options)


class PreferencesOut(serializers.Serializer):
    quiet_from = ClockField()
    quiet_until = ClockField()
    digest = serializers.ChoiceField(choices=Digest.choices)
    channels = ChannelNameOut(many=True)
    kinds = MessageKindOut(many=True)


class SwitchIn(serializers.Serializer):
    kind = serializers.CharField(max_length=64)
    channel = serializers.ChoiceField(choices=OUTGOING_CHOICES)
    is_on = serializers.BooleanField()


class PreferencesIn(serializers.Serializer):
    """What is left out stays as it is."""

    quiet_from = ClockField(required=False)
    quiet_until = ClockField(required=False)
    digest = serializers.ChoiceField(choices=Digest.choices, required=False)
    switches = serializers.ListField(child=SwitchIn(), required=False, max_length=200)
