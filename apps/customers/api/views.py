from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedViewSet
from apps.core.errors import NotFound
from apps.customers import ports, services
from apps.customers.api import serializers
from apps.customers.enums import VerificationStatus
from apps.customers.models import Customer
from apps.customers.selectors import customer_of
from apps.rbac import services as rbac
from apps.rbac.models import User

ME = OpenApiExample(
    "A customer's owner",
    value={
        "id": 42,
        "email": "li@example.com",
        "phone": "+8613800008000",
        "display_name": "李雷",
        "kind": "portal",
        "language": "zh-hans",
        "tenant": {"id": 1, "name": "平台", "kind": "platform"},
        "customer": {
            "id": 7,
            "number": "C20261122000001",
            "name": "示例科技有限公司",
            "uscc": "91350100M000100Y43",
            "verification": "verified",
            "verification_label": "已认证",
        },
        "has_mfa": True,
        "permissions": ["orders.place_order"],
        "checklist": {"verified": True, "mfa": True, "recharged": True, "bought": False},
    },
    response_only=True,
)


class MeViewSet(ScopedViewSet):
    """The signed-in person."""

    queryset = Customer.objects.all()
    serializer_class = serializers.MeOut
    pagination_class = None
    account_acts = {"partial_update"}

    @extend_schema(summary="Who am I", examples=[ME], operation_id="me_retrieve")
    def retrieve(self, request: Request) -> Response:
        return self._me(request.user)

    @extend_schema(
        summary="Change my name or language",
        request=serializers.MeIn,
        examples=[ME],
        operation_id="me_update",
    )
    def partial_update(self, request: Request) -> Response:
        user = rbac.update_profile(user=request.user, **self.payload(serializers.MeIn))
        return self._me(user)

    @extend_schema(
        summary="Apply for real-name verification",
        request=serializers.VerificationIn,
        responses=serializers.CustomerBriefOut,
        operation_id="me_verification_create",
    )
    @action(detail=False, methods=["post"])
    def verification(self, request: Request) -> Response:
        customer = services.submit_verification(
            customer=customer_of(request.user),
            actor=request.user,
            now=timezone.now(),
            **self.payload(serializers.VerificationIn),
        )
        return Response(serializers.CustomerBriefOut(customer).data)

    def _me(self, user: User) -> Response:
        context = {**self.get_serializer_context(), **_facts(user)}
        return Response(serializers.MeOut(user, context=context).data)


def _facts(user: User) -> dict[str, Any]:
    try:
        customer = customer_of(user)
    except NotFound:
        customer = None
    has_mfa = is_mfa_enabled(user)
    checklist = {
        "verified": bool(customer and customer.verification == VerificationStatus.VERIFIED),
        "mfa": has_mfa,
        "recharged": bool(customer and ports.is_done("recharged", customer)),
        "bought": bool(customer and ports.is_done("bought", customer)),
    }
    return {"customer": customer, "has_mfa": has_mfa, "checklist": checklist}
