from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from apps.clouds import services
from apps.clouds.adapters import sandbox
from apps.clouds.adapters.base import InstanceStatus
from apps.clouds.enums import ResourceStatus
from apps.clouds.errors import (
    CloudAccountIsMissing,
    TokenWasUsed,
    VendorRefused,
    VendorUnknown,
)
from apps.clouds.models import Resource, SubAccount
from apps.clouds.periods import months_later
from apps.core.audit import timeline
from apps.core.errors import IllegalTransition
from apps.core.models import OutboxEvent
from apps.core.retry import retry_txn
from apps.products.enums import BillingMode
from tests.factories.clouds import CloudAccountFactory, ResourceFactory
from tests.factories.customers import CustomerFactory
from tests.factories.products import SkuFactory

SHANGHAI = ZoneInfo("Asia/Shanghai")

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def sku(platform):
    sku = SkuFactory(product__tenant=platform)
    CloudAccountFactory(tenant=platform, vendor=sku.product.vendor)
    return sku


@pytest.fixture
def resource(customer, sku, now, sandbox_cloud):
    return services.create_resource(customer=customer, sku=sku, key="key-1", name="web", now=now)


def test_the_row_comes_first_and_once_per_key(customer, sku, now, sandbox_cloud):
    first, second = (
        services.create_resource(customer=customer, sku=sku, key="key-1", name="web", now=now)
        for _ in range(2)
    )

    assert first == second
    assert (first.status, first.token, first.vendor_id) == ("pending", "key-1", None)
    assert Resource.objects.count() == 1
    assert sandbox_cloud.state.find("sandbox-cloud") == []


def test_a_key_belongs_to_one_customer_and_sku(resource, sku, now, platform):
    with pytest.raises(TokenWasUsed):
        services.create_resource(
            customer=CustomerFactory(tenant=platform), sku=sku, key="key-1", name="web", now=now
        )

    assert Resource.objects.count() == 1


def test_usage_will_come_back_under_the_customers_number(resource, customer):
    mapped = SubAccount.objects.get()

    assert (mapped.provider_name, mapped.external_id, mapped.customer, mapped.tenant) == (
        "Sandbox Cloud",
        customer.number,
        customer,
        resource.account.tenant,
    )


def test_a_distributor_buys_with_the_account_of_the_tenant_above(sku, distributor, sandbox_cloud):
    customer = CustomerFactory(tenant=distributor)
    above = services.account_for(customer=customer, vendor=sku.product.vendor)
    own = CloudAccountFactory(tenant=distributor, vendor=sku.product.vendor, access_key_id="own")

    assert above.tenant == sku.product.tenant
    assert services.account_for(customer=customer, vendor=sku.product.vendor) == own


def test_nobody_buys_with_a_siblings_or_a_closed_account(platform, distributor, rival, now):
    sku = SkuFactory(product__tenant=platform)
    CloudAccountFactory(tenant=rival, vendor=sku.product.vendor)
    CloudAccountFactory(tenant=platform, vendor=sku.product.vendor, is_active=False)

    with pytest.raises(CloudAccountIsMissing):
        services.create_resource(
            customer=CustomerFactory(tenant=distributor), sku=sku, key="k", name="web", now=now
        )
    assert Resource.objects.count() == 0


def test_provisions_once_however_often_it_is_asked(resource, now, sandbox_cloud):
    first, second = (services.provision(resource=resource, now=now) for _ in range(2))

    resource.refresh_from_db()
    made = sandbox_cloud.state.find("sandbox-cloud")
    assert first.id == second.id == resource.vendor_id
    assert [instance.parameters["OwnerId"] for instance in made] == [resource.customer.number]
    assert made[0].parameters["InstanceChargeType"] == "PrePaid"


def test_a_silent_cloud_is_unknown_until_it_is_asked_by_token(
    resource, now, sandbox_cloud, monkeypatch
):
    monkeypatch.setattr(sandbox, "TIMEOUT", (1.0, 0.3))
    sandbox_cloud.faults.add("timeout_after_success", "RunInstances")

    with pytest.raises(VendorUnknown):
        services.provision(resource=resource, now=now)
    resource.refresh_from_db()
    status_meanwhile, id_meanwhile = resource.status, resource.vendor_id
    settled = services.settle_unknown(resource=resource, now=now)

    assert (status_meanwhile, id_meanwhile) == (ResourceStatus.PENDING, None)
    assert settled.id == resource.vendor_id
    assert services.provision(resource=resource, now=now).id == settled.id
    assert len(sandbox_cloud.state.find("sandbox-cloud")) == 1


def test_nothing_made_is_told_too(resource, now, sandbox_cloud):
    sandbox_cloud.faults.add("500", "RunInstances")

    with pytest.raises(VendorUnknown):
        services.provision(resource=resource, now=now)

    assert services.settle_unknown(resource=resource, now=now) is None


def test_a_refusal_fails_the_resource_for_good(resource, now, sandbox_cloud, sku):
    sandbox_cloud.state.set_stock(sku.vendor_sku or sku.code, 0)

    with pytest.raises(VendorRefused) as refusal:
        services.provision(resource=resource, now=now)
    failed = services.fail_resource(resource=resource, problem=refusal.value.vendor_code, now=now)
    services.fail_resource(resource=resource, problem="again", now=now)

    assert refusal.value.is_stock_out
    assert (failed.status, failed.failed_at, failed.problem) == (
        ResourceStatus.FAILED,
        now,
        "OperationDenied.NoStock",
    )


def test_the_customers_time_begins_when_it_runs(resource, now):
    instance = services.provision(resource=resource, now=now)
    first, second = (
        services.activate_resource(resource=resource, instance=instance, now=moment)
        for moment in (now, now + timedelta(hours=1))
    )

    assert instance.status == InstanceStatus.RUNNING
    assert (first.status, first.activated_at) == (ResourceStatus.RUNNING, now)
    assert second.activated_at == now
    assert first.expires_at == datetime(2026, 12, 20, 10, 0, tzinfo=SHANGHAI)
    assert first.public_ip.startswith("203.0.113.")
    events = OutboxEvent.objects.filter(kind="clouds.ResourceActivated")
    assert [event.payload for event in events] == [{"resource_id": resource.pk}]
    assert [entry.verb for entry in timeline(resource)] == ["resource.created", "resource.running"]


def test_pay_by_use_never_expires(customer, platform, now, sandbox_cloud):
    sku = SkuFactory(product__tenant=platform, billing_mode=BillingMode.HOURLY)
    CloudAccountFactory(tenant=platform, vendor=sku.product.vendor)
    resource = services.create_resource(customer=customer, sku=sku, key="k", name="web", now=now)
    instance = services.provision(resource=resource, now=now)

    running = services.activate_resource(resource=resource, instance=instance, now=now)

    assert running.expires_at is None
    made = sandbox_cloud.state.find("sandbox-cloud")
    assert made[0].parameters["InstanceChargeType"] == "PostPaid"


def test_releases_what_only_the_token_knows(resource, now, sandbox_cloud):
    services.provision(resource=resource, now=now)
    Resource.objects.filter(pk=resource.pk).update(vendor_id=None)
    resource.refresh_from_db()

    for _ in range(2):
        services.release(resource=resource)
    released = services.release_resource(resource=resource, now=now)

    assert [i.status(sandbox_cloud.state.now()) for i in sandbox_cloud.state.find("sandbox-cloud")]
    assert services.describe(resource=resource).instance.status == InstanceStatus.RELEASED
    assert (released.status, released.released_at) == (ResourceStatus.RELEASED, now)


def test_releasing_what_was_never_made_asks_for_nothing(resource, sandbox_cloud):
    services.release(resource=resource)

    assert sandbox_cloud.state.find("sandbox-cloud") == []


def test_a_released_resource_never_runs_again(now, sandbox_cloud):
    resource = ResourceFactory(released=True)
    instance = services.provision(resource=resource, now=now)

    with pytest.raises(IllegalTransition):
        services.activate_resource(resource=resource, instance=instance, now=now)

    resource.refresh_from_db()
    assert resource.status == ResourceStatus.RELEASED


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2027, 12, 31), 2, (2028, 2, 29)),
        ((2026, 11, 20), 12, (2027, 11, 20)),
        ((2026, 12, 1), 1, (2027, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last(start, months, end):
    moment = datetime(*start, 0, 30, tzinfo=SHANGHAI)

    assert months_later(moment, months) == datetime(*end, 0, 30, tzinfo=SHANGHAI)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sixteen_workers_make_one_row_and_one_instance(customer, sku, now, sandbox_cloud):
    def work(_):
        try:
            resource = retry_txn(services.create_resource)(
                customer=customer, sku=sku, key="key-1", name="web", now=now
            )
            return services.provision(resource=resource, now=now).id
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as pool:
        made = set(pool.map(work, range(16)))

    assert Resource.objects.get().vendor_id in made
    assert len(made) == 1
    assert len(sandbox_cloud.state.find("sandbox-cloud")) == 1
    assert SubAccount.objects.count() == 1
