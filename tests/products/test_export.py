"""The admin's export buttons: what a person may see, and never the cost."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.products.models import CustomerDiscount, Price, Product, Quote, Sku
from tests.factories.products import (
    CustomerDiscountFactory,
    PriceFactory,
    ProductFactory,
    QuoteFactory,
    SkuFactory,
)

pytestmark = pytest.mark.django_db
EXPORTED = (Product, Sku, Price, CustomerDiscount, Quote)


@pytest.fixture
def sku(platform):
    sku = SkuFactory(product=ProductFactory(tenant=platform))
    PriceFactory(sku=sku, unit_price=Decimal("100.00"), unit_cost=Decimal("71.23"))
    return sku


def download(client, model):
    url = reverse(f"admin:products_{model._meta.model_name}_export")
    return client.post(url, {"format": "1", "resource": "0"})


@pytest.mark.parametrize("model", EXPORTED)
def test_holds_what_its_reader_may_see(
    model, browse, boss, clerk, stranger, rival_boss, platform, customer, sku
):
    QuoteFactory(customer=customer)
    CustomerDiscountFactory(customer=customer, sku=sku)

    files = {
        user.email: b"".join(download(browse(user), model)).decode("utf-8-sig")
        for user in (boss, clerk, rival_boss)
    }

    assert len(files["boss@kboss.test"].splitlines()) == 2
    assert all("71.23" not in text for text in files.values())
    if model in {CustomerDiscount, Quote}:
        assert len(files["rival@kboss.test"].splitlines()) == 1
    assert download(browse(stranger), model).status_code == 403
