from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.customers.models import Customer
from apps.rbac.models import Tenant, User


class TenantOut(serializers.ModelSerializer):
    class Meta:
        model = Tenant
        fields = ("id", "name", "kind")
        read_only_fields = fields


class CustomerBriefOut(serializers.ModelSerializer):
    verification_label = serializers.CharField(source="get_verification_display", read_only=True)

    class Meta:
        model = Customer
        fields = ("id", "number", "name", "uscc", "verification", "verification_label")
        read_only_fields = fields


class ChecklistOut(serializers.Serializer):
    """What a newcomer still has to do; each step is true once it is done."""

    verified = serializers.BooleanField()
    mfa = serializers.BooleanField()
    recharged = serializers.BooleanField()
    bought = serializers.BooleanField()


class MeOut(serializers.ModelSerializer):
    tenant = TenantOut(read_only=True)
    customer = serializers.SerializerMethodField()
    permissions = serializers.SerializerMethodField()
    has_mfa = serializers.SerializerMethodField()
    checklist = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (
            "id",
            "email",
            "phone",
            "display_name",
            "kind",
            "language",
            "tenant",
            "customer",
            "has_mfa",
            "permissions",
            "checklist",
        )
        read_only_fields = fields

    @extend_schema_field(CustomerBriefOut(allow_null=True))
    def get_customer(self, user: User) -> dict[str, object] | None:
        customer = self.context["customer"]
        return CustomerBriefOut(customer).data if customer else None

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_permissions(self, user: User) -> list[str]:
        return sorted({code for grant in user.grants for code in grant.permissions})

    @extend_schema_field(serializers.BooleanField())
    def get_has_mfa(self, user: User) -> bool:
        return bool(self.context["has_mfa"])

    @extend_schema_field(ChecklistOut())
    def get_checklist(self, user: User) -> dict[str, bool]:
        return self.context["checklist"]


class MeIn(serializers.Serializer):
    display_name = serializers.CharField(max_length=100, required=False)
    language = serializers.ChoiceField(choices=settings.LANGUAGES, required=False)


class VerificationIn(serializers.Serializer):
    uscc = serializers.CharField(max_length=18, min_length=18)
