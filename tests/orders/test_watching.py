"""Open pages are told of each move of an order, and nobody else is."""

import pytest
from django.utils import timezone

from apps.core.errors import NotFound
from apps.notifications.models import LiveEvent
from apps.orders import services
from apps.orders.enums import OrderStatus
from tests.factories.customers import MembershipFactory
from tests.factories.rbac import StaffFactory, UserFactory
from tests.orders.conftest import run_to_the_end

pytestmark = pytest.mark.django_db


def told_to(user) -> list[str]:
    events = LiveEvent.objects.filter(user=user, topic="order").order_by("pk")
    return [event.data["status"] for event in events]


def test_everybody_whose_order_it_is_sees_it_move(order_of, member, customer, outsider, boss):
    colleague, former = UserFactory(tenant=customer.tenant), UserFactory(is_active=False)
    for user in (colleague, former):
        MembershipFactory(customer=customer, user=user)
    customer.owner = StaffFactory(tenant=customer.tenant)
    customer.save()
    order = order_of()

    services.pay_order(order=order, actor=member, now=timezone.now())
    assert run_to_the_end(order) == OrderStatus.COMPLETED

    story = told_to(member)
    assert story[:2] == [OrderStatus.AWAITING_PAYMENT, OrderStatus.PROVISIONING]
    assert story[-1] == OrderStatus.COMPLETED
    assert set(story[2:-1]) == {OrderStatus.PROVISIONING}  # its steps
    assert told_to(colleague) == told_to(customer.owner) == story
    assert told_to(outsider) == told_to(former) == told_to(boss) == []


def test_a_cancelled_order_moves_as_well(order_of, member):
    order = order_of()

    services.cancel_order(order=order, actor=member, now=timezone.now())

    assert told_to(member) == [OrderStatus.AWAITING_PAYMENT, OrderStatus.CANCELLED]
    assert LiveEvent.objects.filter(data__id=order.pk).count() == 2


def test_a_refused_payment_tells_nobody(order_of, member, clerk):
    order = order_of()
    before = told_to(member)

    with pytest.raises(NotFound):
        services.pay_order(order=order, actor=clerk, now=timezone.now())

    assert told_to(member) == before
