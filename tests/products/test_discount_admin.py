"""Customer discounts in the admin: asked for, never typed in."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.products.models import CustomerDiscount
from tests.factories.products import CustomerDiscountFactory

pytestmark = pytest.mark.django_db


def url_of(page, *args):
    return reverse(f"admin:products_customerdiscount_{page}", args=args)


def form_of(customer, **changes):
    form = {
        "customer": customer.pk,
        "name": "框架折扣",
        "rate": "0.85",
        "scope": "all",
        "valid_from_0": "2026-11-01",
        "valid_from_1": "00:00:00",
    }
    return form | changes


def test_is_never_typed_in(browse, boss, customer):
    answer = browse(boss).post(url_of("add"), form_of(customer))

    assert answer.status_code == 403
    assert not CustomerDiscount.objects.exists()


def test_is_named_anew_and_nothing_else(browse, boss, customer):
    discount = CustomerDiscountFactory(customer=customer, rate=Decimal("0.85"))
    form = form_of(customer, name="新名", rate="0.10")

    browse(boss).post(url_of("change", discount.pk), form)

    discount.refresh_from_db()
    assert (discount.name, discount.rate) == ("新名", Decimal("0.85"))


def test_is_ended_by_an_action(browse, boss, customer):
    discount = CustomerDiscountFactory(customer=customer)
    act = {"action": "end_discount", "_selected_action": [discount.pk]}

    browse(boss).post(url_of("changelist"), act)

    discount.refresh_from_db()
    assert discount.valid_until is not None


def test_another_tenant_s_customer_is_no_choice(browse, rival_boss, customer):
    browse(rival_boss).post(url_of("add"), form_of(customer))

    assert not CustomerDiscount.objects.exists()
