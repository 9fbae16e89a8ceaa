from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from apps.clouds.enums import ResourceStatus
from apps.clouds.models import CloudAccount, PriceSync, Resource
from apps.products.enums import BillingMode
from tests.factories.customers import CustomerFactory
from tests.factories.products import SkuFactory, VendorFactory
from tests.factories.rbac import TenantFactory

ACTIVATED = datetime(2026, 11, 1, tzinfo=UTC)


class CloudAccountFactory(DjangoModelFactory):
    """An account at the sandbox cloud, with the keys that the simulator of the tests knows."""

    class Meta:
        model = CloudAccount

    tenant = factory.SubFactory(TenantFactory)
    vendor = factory.SubFactory(VendorFactory)
    name = factory.Sequence("云账号 {}".format)
    access_key_id = "sandbox-cloud"
    secret = "sandbox-cloud-secret"


class PriceSyncFactory(DjangoModelFactory):
    """A price list that waits to be fetched."""

    class Meta:
        model = PriceSync

    tenant = factory.SubFactory(TenantFactory)
    account = factory.SubFactory(CloudAccountFactory, tenant=factory.SelfAttribute("..tenant"))
    vendor = factory.SelfAttribute("account.vendor")
    created_at = ACTIVATED


class ResourceFactory(DjangoModelFactory):
    """A resource that is being created; the Traits take it further."""

    class Meta:
        model = Resource

    class Params:
        running = factory.Trait(
            status=ResourceStatus.RUNNING,
            vendor_id=factory.Sequence("i-{:020d}".format),
            activated_at=ACTIVATED,
            expires_at=datetime(2026, 12, 1, tzinfo=UTC),
            public_ip="203.0.113.5",
        )
        released = factory.Trait(status=ResourceStatus.RELEASED, released_at=ACTIVATED)

    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    account = factory.SubFactory(
        CloudAccountFactory,
        tenant=factory.SelfAttribute("..tenant"),
        vendor=factory.SelfAttribute("..sku.product.vendor"),
    )
    sku = factory.SubFactory(SkuFactory, product__tenant=factory.SelfAttribute("...tenant"))
    token = factory.Sequence("token-{}".format)
    name = factory.Sequence("web-{}".format)
    region = factory.SelfAttribute("sku.region")
    specification = factory.SelfAttribute("sku.specification")
    billing_mode = BillingMode.MONTHLY
    created_at = ACTIVATED
