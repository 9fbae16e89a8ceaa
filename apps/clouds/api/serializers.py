from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.clouds import ports
from apps.clouds.models import Resource
from apps.clouds.selectors.resources import timeline
from apps.core.schema import HappeningOut


class ResourceVendorOut(serializers.Serializer):
    code = serializers.CharField()
    name = serializers.CharField()


class ResourceCustomerOut(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()
    name = serializers.CharField()


class ResourceSkuOut(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class ResourceOut(serializers.ModelSerializer):
    """A cloud resource as its customer sees it."""

    status_label = serializers.CharField(source="get_status_display")
    region_name = serializers.CharField(source="get_region_display")
    billing_mode_label = serializers.CharField(source="get_billing_mode_display")
    vendor = ResourceVendorOut(source="account.vendor")
    vendor_id = serializers.CharField(allow_null=True)
    product = serializers.CharField(source="sku.product.name")
    sku = ResourceSkuOut()
    customer = ResourceCustomerOut()

    class Meta:
        model = Resource
        fields = (
            "id",
            "name",
            "status",
            "status_label",
            "vendor",
            "vendor_id",
            "product",
            "sku",
            "customer",
            "region",
            "region_name",
            "specification",
            "billing_mode",
            "billing_mode_label",
            "public_ip",
            "private_ip",
            "problem",
            "created_at",
            "activated_at",
            "expires_at",
            "released_at",
        )
        read_only_fields = fields


class ResourceOrderOut(serializers.Serializer):
    id = serializers.IntegerField()
    number = serializers.CharField()


class ResourceDetailOut(ResourceOut):
    """A resource with the order it came of and its time line."""

    order = serializers.SerializerMethodField()
    timeline = serializers.SerializerMethodField()

    class Meta(ResourceOut.Meta):
        fields = (*ResourceOut.Meta.fields, "order", "timeline")
        read_only_fields = fields

    @extend_schema_field(ResourceOrderOut(allow_null=True))
    def get_order(self, resource: Resource) -> dict[str, object] | None:
        origin = ports.origin_of(resource)
        return ResourceOrderOut(origin).data if origin else None

    @extend_schema_field(HappeningOut(many=True))
    def get_timeline(self, resource: Resource) -> list[dict[str, object]]:
        return HappeningOut(timeline(resource), many=True).data
