"""What the OpenAPI schema says of every operation alike."""

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers


class FieldProblemOut(serializers.Serializer):
    """One field that was refused."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemOut(serializers.Serializer):
    """RFC 9457: why the request was refused. `code` is stable, `detail` is for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldProblemOut(many=True, required=False)


class HappeningOut(serializers.Serializer):
    """One line of a time line: who did what to a thing, and when."""

    at = serializers.DateTimeField()
    verb = serializers.CharField()
    label = serializers.CharField()
    actor = serializers.CharField()
    note = serializers.CharField()


def problems(**reasons: str) -> dict[int, OpenApiResponse]:
    """Refusals of an operation: `problems(_409="Somebody was quicker.")`."""
    return {
        int(status.removeprefix("_")): OpenApiResponse(ProblemOut, reason)
        for status, reason in reasons.items()
    }


IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="8 to 200 printable characters, chosen by the client. A repeat with the same key "
    "gets the first answer and `Idempotency-Hit: true`; the effect happens once.",
)
