from rest_framework import serializers

from apps.clouds.models import Resource


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
