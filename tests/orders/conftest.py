from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone

from apps.clouds.models import CloudAccount
from apps.orders import services
from apps.orders.enums import OrderStatus
from apps.orders.models import Order, Saga
from apps.products import services as products
from apps.products.models import Sku
from simulators import cloud as cloud_simulator
from simulators.keys import CLOUD_ACCESS_KEYS
from tests.factories.billing import fund
from tests.factories.products import ProductFactory, SkuFactory, VendorFactory


@pytest.fixture
def cloud(settings) -> Iterator[cloud_simulator.CloudServer]:
    """The sandbox cloud, whose instances run at once."""
    server = cloud_simulator.serve(boot_seconds=0)
    settings.SANDBOX_URLS = {**settings.SANDBOX_URLS, "cloud": server.url}
    yield server
    server.stop()


@pytest.fixture
def sku(platform, cloud) -> Sku:
    """100.00 yuan a month, sold through our account at the sandbox cloud."""
    vendor = VendorFactory(code="sandbox")
    access_key_id, secret = next(iter(CLOUD_ACCESS_KEYS.items()))
    CloudAccount.objects.create(
        tenant=platform, vendor=vendor, name="沙箱云", access_key_id=access_key_id, secret=secret
    )
    return SkuFactory(
        product=ProductFactory(tenant=platform, vendor=vendor),
        price="100.00",
        vendor_sku="s1.small",
    )


@pytest.fixture
def order_of(member, customer, sku) -> Callable[..., Order]:
    """`order_of(quantity=2)` is a placed order; its customer has 1,000.00 yuan."""
    fund(customer, "1000.00")

    def place(quantity: int = 1, sku: Sku = sku) -> Order:
        now = timezone.now()
        lines = [products.QuoteLineIn(sku_id=sku.pk, quantity=quantity, periods=1)]
        quote = products.create_quote(customer=customer, lines=lines, actor=member, now=now)
        return services.place_order(quote=quote, actor=member, now=now)

    return place


@pytest.fixture
def paid(order_of, member) -> Callable[..., Order]:
    def pay(quantity: int = 1) -> Order:
        order = order_of(quantity=quantity)
        return services.pay_order(order=order, actor=member, now=timezone.now())

    return pay


def run_to_the_end(order: Order, *, tries: int = 60) -> str:
    """What the sweep does until the order is where it stays: passed leases and pauses over."""
    for _ in range(tries):
        Saga.objects.filter(order=order).update(leased_until=None, next_run_at=timezone.now())
        services.run_saga(saga_id=order.saga.pk, now=timezone.now())
        order.refresh_from_db()
        if order.status not in {OrderStatus.PROVISIONING, OrderStatus.REFUNDING}:
            return order.status
    raise AssertionError(f"{order} is still {order.status}")
