"""Base classes of the REST API: scoped, idempotent, strict."""

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import idempotency
from apps.core.errors import DomainError
from apps.core.money import parse_yuan
from apps.core.retry import retry_txn


class Pages(PageNumberPagination):
    """`?page=2&page_size=50`, at most 100 rows."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class ScopedRelatedField(serializers.PrimaryKeyRelatedField):
    """A foreign key in a body. What the caller can't see does not exist for him."""

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().visible_to(self.context["request"].user)


@extend_schema_field({"type": "string"})
class YuanField(serializers.Field):
    """Yuan with at most two decimals, as a string: "12.34". Floats and 1e3 are refused."""

    default_error_messages: ClassVar[dict[str, Any]] = {}

    def to_internal_value(self, data: object) -> Decimal:
        try:
            return parse_yuan(data)
        except DomainError as error:
            raise serializers.ValidationError(str(error), code=error.code) from error

    def to_representation(self, value: Decimal) -> str:
        return f"{value:.2f}"


class ScopedViewSet(viewsets.GenericViewSet):
    """Rows of `queryset` that the caller may see; unsafe requests run once per Idempotency-Key.

    An unsafe request runs in one transaction together with the stored answer, so that a repeat
    after any crash either finds the answer or no effect.
    """

    pagination_class = Pages
    idempotency_required: ClassVar[set[str]] = set()
    # What people do to their own account, which no permission names: see rbac.authentication.
    account_acts: ClassVar[set[str]] = set()
    shown_once: ClassVar[set[str]] = set()  # fields of an answer that are never stored

    def get_queryset(self) -> QuerySet:
        return super().get_queryset().visible_to(self.request.user)

    def payload(self, serializer_class: type[serializers.Serializer]) -> dict[str, Any]:
        """The validated body."""
        serializer = serializer_class(data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def reply(self, thing: Model, status: int = 200) -> Response:
        return Response(self.get_serializer(thing).data, status=status)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        method = request.method.lower()
        if request.method not in SAFE_METHODS and hasattr(self, method):
            setattr(self, method, partial(self._run_once, getattr(self, method)))

    def _run_once(
        self, handler: Callable[..., Response], request: Request, *args: Any, **kwargs: Any
    ) -> Response:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            if self.action in self.idempotency_required:
                raise idempotency.KeyIsMissing
            return retry_txn(handler)(request, *args, **kwargs)
        claim = idempotency.claim(
            scope=self._idempotency_scope(request),
            key=key,
            request_digest=idempotency.digest({"body": request.data, "query": request.GET.dict()}),
            now=timezone.now(),
        )
        if claim.is_replay:
            headers = {"Idempotency-Hit": "true"}
            return Response(claim.row.body, status=claim.row.status, headers=headers)
        return self._answer_once(claim.row, handler, request, *args, **kwargs)

    def _answer_once(
        self,
        row: Any,
        handler: Callable[..., Response],
        request: Request,
        *args: Any,
        **kwargs: Any,
    ) -> Response:
        def effect_and_answer() -> Response:
            response = handler(request, *args, **kwargs)
            body = response.data
            if self.shown_once and isinstance(body, dict):
                body = {name: value for name, value in body.items() if name not in self.shown_once}
            idempotency.answer(row, status=response.status_code, body=body)
            return response

        try:
            return retry_txn(effect_and_answer)()
        finally:
            # Refused or failed: nothing happened, so the same key may be sent again at once.
            # An answered key stays; an unknown commit either stored the answer or had no effect.
            idempotency.release(row)

    def _idempotency_scope(self, request: Request) -> str:
        route = request.resolver_match
        ids = ",".join(str(value) for value in route.kwargs.values())
        return f"{request.user.tenant_id}:{request.user.pk}:{route.view_name}:{ids}"


class ScopedReadOnlyViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, ScopedViewSet):
    """List and detail."""
