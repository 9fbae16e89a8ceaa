"""The contacts of the company that the signed-in person acts for."""

from typing import Any

from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.drf import ScopedReadOnlyViewSet
from apps.core.schema import problems
from apps.customers import services
from apps.customers.enums import ContactRole
from apps.customers.models import Contact
from apps.customers.selectors import customer_of
from apps.rbac.models import User

CONTACT = OpenApiExample(
    "A contact for bills",
    value={
        "id": 9,
        "name": "韩梅梅",
        "roles": ["finance", "business"],
        "roles_label": "商务、财务",
        "email": "han@example.com",
        "phone_masked": "138****8000",
        "user": None,
        "is_active": True,
        "created_at": "2026-11-22T14:05:00+08:00",
    },
    response_only=True,
    status_codes=["200", "201"],
)
REFUSALS = problems(
    _400="A field is missing or malformed, or there is no way to reach the person.",
    _403="Only the company's owner keeps its contacts.",
    _404="There is no such contact, or it is not your company's.",
    _409="The person is a contact already, or has no phone number to show.",
)


class MemberField(serializers.PrimaryKeyRelatedField):
    """A portal account of the caller's own company."""

    def get_queryset(self) -> Any:
        customer = customer_of(self.context["request"].user)
        return User.objects.filter(memberships__customer=customer)


class ContactIn(serializers.Serializer):
    name = serializers.CharField(max_length=100)
    roles = serializers.ListField(
        child=serializers.ChoiceField(choices=ContactRole.choices), min_length=1
    )
    email = serializers.EmailField(required=False, allow_blank=True, default="")
    phone = serializers.CharField(
        max_length=32,
        required=False,
        allow_blank=True,
        allow_null=True,
        default=None,
        help_text="Left out or null: as it is. Empty: none.",
    )
    user = MemberField(required=False, allow_null=True, default=None, queryset=User.objects.none())


class ContactOut(serializers.ModelSerializer):
    roles = serializers.ListField(child=serializers.ChoiceField(choices=ContactRole.choices))
    roles_label = serializers.CharField(source="get_roles_display")

    class Meta:
        model = Contact
        fields = (
            "id",
            "name",
            "roles",
            "roles_label",
            "email",
            "phone_masked",
            "user",
            "is_active",
            "created_at",
        )
        read_only_fields = fields


class PhoneOut(serializers.Serializer):
    phone = serializers.CharField()


@extend_schema_view(
    list=extend_schema(summary="My company's contacts", examples=[CONTACT]),
    retrieve=extend_schema(summary="One contact", examples=[CONTACT]),
)
class ContactViewSet(ScopedReadOnlyViewSet):
    """Whom to turn to, and for what. Phone numbers are masked; `reveal` shows one, on record."""

    queryset = Contact.objects.order_by("-is_active", "pk")
    serializer_class = ContactOut
    shown_once = {"phone"}

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.filter(customer=customer_of(self.request.user))

    @extend_schema(
        summary="Add a contact",
        request=ContactIn,
        responses={201: ContactOut, **REFUSALS},
        examples=[CONTACT],
    )
    def create(self, request: Request) -> Response:
        contact = services.add_contact(
            customer=customer_of(request.user),
            facts=services.ContactFacts(**self.payload(ContactIn)),
            actor=request.user,
            now=timezone.now(),
        )
        return self.reply(contact, status=201)

    @extend_schema(
        summary="Change a contact",
        request=ContactIn,
        responses={200: ContactOut, **REFUSALS},
        examples=[CONTACT],
    )
    def update(self, request: Request, pk: str) -> Response:
        contact = services.change_contact(
            contact=self.get_object(),
            facts=services.ContactFacts(**self.payload(ContactIn)),
            actor=request.user,
            now=timezone.now(),
        )
        return self.reply(contact)

    @extend_schema(
        summary="Turn to this person no more", request=None, responses={200: ContactOut, **REFUSALS}
    )
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> Response:
        contact = services.deactivate_contact(
            contact=self.get_object(), actor=request.user, now=timezone.now()
        )
        return self.reply(contact)

    @extend_schema(
        summary="Turn to this person again", request=None, responses={200: ContactOut, **REFUSALS}
    )
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        contact = services.restore_contact(
            contact=self.get_object(), actor=request.user, now=timezone.now()
        )
        return self.reply(contact)

    @extend_schema(
        summary="The whole phone number",
        description="That you looked is recorded in the audit log.",
        request=None,
        responses={200: PhoneOut, **REFUSALS},
    )
    @method_decorator(never_cache)
    @action(detail=True, methods=["post"])
    def reveal(self, request: Request, pk: str) -> Response:
        phone = services.reveal_phone(
            contact=self.get_object(), actor=request.user, now=timezone.now()
        )
        return Response({"phone": phone})
