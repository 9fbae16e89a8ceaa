from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.rbac.models import ApiToken, SignInEvent


class TokenIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    scopes = serializers.ListField(
        child=serializers.CharField(max_length=120), min_length=1, max_length=100
    )
    expires_at = serializers.DateTimeField()


class TokenOut(serializers.ModelSerializer):
    scopes = serializers.ListField(child=serializers.CharField(), read_only=True)
    is_active = serializers.SerializerMethodField()

    class Meta:
        model = ApiToken
        fields = (
            "id",
            "name",
            "prefix",
            "scopes",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "is_active",
        )
        read_only_fields = fields

    @extend_schema_field(bool)
    def get_is_active(self, token: ApiToken) -> bool:
        return token.is_alive(self.context["now"])


class NewTokenOut(TokenOut):
    """The one answer that has the key."""

    token = serializers.SerializerMethodField()

    class Meta(TokenOut.Meta):
        fields = (*TokenOut.Meta.fields, "token")
        read_only_fields = fields

    @extend_schema_field(str)
    def get_token(self, token: ApiToken) -> str:
        return self.context["key"]


class SignInOut(serializers.ModelSerializer):
    outcome_label = serializers.CharField(source="get_outcome_display", read_only=True)
    reason_label = serializers.CharField(source="get_reason_display", read_only=True)

    class Meta:
        model = SignInEvent
        fields = (
            "id",
            "at",
            "outcome",
            "outcome_label",
            "reason",
            "reason_label",
            "method",
            "ip",
            "user_agent",
            "is_new_device",
        )
        read_only_fields = fields


class StepUpIn(serializers.Serializer):
    action = serializers.RegexField(r"^[a-z][a-z0-9-]{2,40}$")
    code = serializers.CharField(max_length=40, required=False, default="", trim_whitespace=True)
    password = serializers.CharField(
        max_length=128, required=False, default="", trim_whitespace=False
    )
    credential = serializers.JSONField(required=False, default=None)


class StepUpOut(serializers.Serializer):
    action = serializers.CharField()
    methods = serializers.ListField(child=serializers.CharField())
    is_confirmed = serializers.BooleanField()
    valid_seconds = serializers.IntegerField()
