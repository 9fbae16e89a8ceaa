"""The demo's customers have something in the cart: the page shows prices, not emptiness."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.customers.models import Customer
from apps.products.models import Favorite
from apps.products.selectors.carts import cart_of
from kboss.demo.baskets import CARTS, FAVORITES, fill_baskets
from kboss.demo.catalogue import load_catalogue
from kboss.demo.customers import Account

pytestmark = pytest.mark.django_db


def test_carts_and_favorites_can_be_bought(customer: Customer, member, platform):
    now = timezone.now()
    load_catalogue(platform, now - timedelta(days=90))

    fill_baskets([Account(customer, member)], platform, now)

    items = cart_of(customer=customer, user=member, at=now)
    assert sorted(item.line.quantity for item in items) == sorted(row[2] for row in CARTS[0])
    assert all(item.is_available for item in items)
    assert Favorite.objects.filter(user=member).count() == len(FAVORITES)
