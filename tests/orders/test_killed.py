"""R1: kill -9 anywhere loses nothing, charges nothing twice and leaves no orphan at the cloud.

KBOSS_KILL_RUNS=100 repeats each point a hundred times; a handful is enough for every change.
"""

import os
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.billing.models import Entry
from apps.billing.selectors import verify_ledger, wallet_of
from apps.core import events
from apps.core.models import OutboxDelivery
from apps.orders import services
from apps.orders.enums import OrderStatus
from apps.orders.models import Saga
from apps.products.models import Sku
from tests.orders.conftest import run_to_the_end
from tests.support.killing import die_at

RUNS = int(os.environ.get("KBOSS_KILL_RUNS", "3"))
FORWARD = [
    f"orders.{step}.{moment}"
    for step in ("provision", "activate")
    for moment in ("begun", "effect", "done")
] + ["orders.complete.before", "orders.complete.after"]
BACKWARD = [
    f"orders.{step}.{moment}"
    for step in ("activate", "provision", "charge", "reserve")
    for moment in ("undoing", "undo_effect", "undone")
] + ["orders.give_back.after"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    # The child only works, and dies: it never returns into threads that it does not have.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def _jobs_are_lost(monkeypatch) -> None:
    """No message ever arrives: the rows alone must carry the work."""
    monkeypatch.setattr(events, "_deliver_soon", [])


def _instances_alive(cloud, account: str = "sandbox-cloud") -> int:
    return sum(
        1
        for instance in cloud.state.find(account)
        if instance.status(cloud.state.now()) != "Released"
    )


def test_killed_while_paying_nothing_has_happened(order_of, member, customer, sku, cloud):
    Sku.objects.filter(pk=sku.pk).update(stock=5)
    order = order_of()
    told = OutboxDelivery.objects.count()

    def pay() -> None:
        services.pay_order(order=order, actor=member, now=timezone.now())

    assert die_at("orders.pay.before_commit", pay)

    order.refresh_from_db()
    sku.refresh_from_db()
    assert (order.status, sku.stock) == (OrderStatus.AWAITING_PAYMENT, 5)
    assert wallet_of(customer).available == Decimal("1000.00")
    assert (Saga.objects.count(), OutboxDelivery.objects.count()) == (0, told)


@pytest.mark.parametrize("point", FORWARD)
def test_killed_on_the_way_forward(point, paid, cloud, customer):
    for _ in range(RUNS):
        before = _instances_alive(cloud)
        order = paid(quantity=2)
        spent = wallet_of(customer).available

        died = die_at(
            point, lambda o=order: services.run_saga(saga_id=o.saga.pk, now=timezone.now())
        )

        assert died, f"nobody came by {point}"
        if point != "orders.complete.after":
            assert run_to_the_end(order) == OrderStatus.COMPLETED
        assert _instances_alive(cloud) == before + 2
        assert wallet_of(customer).available == spent
        assert Entry.objects.filter(key=f"{order.number}-C").count() == 1
    assert verify_ledger().findings == []


@pytest.mark.parametrize("point", BACKWARD)
def test_killed_on_the_way_back(point, paid, cloud, customer):
    for _ in range(RUNS):
        order = paid(quantity=2)
        cloud.state.set_stock("s1.small", 1)  # the second instance is refused

        died = die_at(
            point, lambda o=order: services.run_saga(saga_id=o.saga.pk, now=timezone.now())
        )

        assert died, f"nobody came by {point}"
        if point != "orders.give_back.after":
            assert run_to_the_end(order) == OrderStatus.REFUNDED
        assert _instances_alive(cloud) == 0
        assert wallet_of(customer).available == Decimal("1000.00")
        assert Entry.objects.filter(key=f"{order.number}-C-R").count() == 1
    assert verify_ledger().findings == []
