"""The demo's shelf: complete, sold as typed, and the same after a second load."""

import pytest

from apps.products.enums import BillingMode, ProductStatus, Region
from apps.products.models import Category, Price, Product, Sku, Vendor
from kboss.demo.catalogue import load_catalogue

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def shelf(platform, now):
    return load_catalogue(platform, now)


def test_has_something_of_everything(shelf, now):
    assert len(shelf) >= 24
    assert {product.status for product in shelf} == {ProductStatus.ON_SALE}
    assert Vendor.objects.filter(products__isnull=True).count() == 0
    assert Category.objects.filter(products__isnull=True).count() == 0
    for product in shelf:
        assert 2 <= product.skus.count() <= 5
    assert Sku.objects.exclude(prices__in=Price.objects.at(now)).count() == 0


def test_skus_are_typed(shelf):
    for sku in Sku.objects.all():
        assert sku.specs.to_json() == sku.specification != {}
        assert sku.billing_mode in BillingMode.values
        assert sku.region in {"", *Region.values}


def test_a_second_load_changes_nothing(shelf, platform, now):
    off_the_shelf = {"status": ProductStatus.NO_NEW_SALES, "sales_stopped_at": now}
    Product.objects.filter(pk=shelf[0].pk).update(**off_the_shelf)
    Sku.objects.filter(stock__isnull=False).update(stock=1)
    counts = [m.objects.count() for m in (Vendor, Category, Product, Sku, Price)]
    history = Product.history.count() + Sku.history.count()

    again = load_catalogue(platform, now)

    assert [m.objects.count() for m in (Vendor, Category, Product, Sku, Price)] == counts
    assert Product.history.count() + Sku.history.count() == history
    assert again[0].status == ProductStatus.NO_NEW_SALES
    assert set(Sku.objects.filter(stock__isnull=False).values_list("stock", flat=True)) == {1}
