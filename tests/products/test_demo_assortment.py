"""The demo's breadth: two hundred products, each sellable, and the three that are not for all."""

import pytest
from django.utils import timezone

from apps.approvals import services as approvals
from apps.products.enums import ProductStatus
from apps.products.models import Price, Product, Sku
from kboss.demo.assortment import load_assortment
from kboss.demo.catalogue import load_catalogue
from kboss.demo.customers import Account
from kboss.demo.people import load_people
from tests.factories.customers import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_fills_the_shelf(django_assert_max_num_queries):
    now = timezone.now()
    company = load_people()
    approvals.install_standard_flows(now=now)
    load_catalogue(company.platform, now)
    buyers = [
        Account(customer=CustomerFactory(tenant=company.platform), owner=company.boss)
        for _ in range(8)
    ]

    with django_assert_max_num_queries(1200):
        load_assortment(company, buyers, now=now, key_id="key", secret="secret")

    assert Product.objects.count() >= 200
    assert Product.objects.filter(shelf=None).count() == 0
    assert Sku.objects.exclude(prices__in=Price.objects.at(now)).count() == 0
    for sku in Sku.objects.all():
        assert sku.specs.to_json() == sku.specification != {}
    statuses = set(Product.objects.values_list("status", flat=True))
    assert {ProductStatus.GREY, ProductStatus.REVIEW, ProductStatus.ON_SALE} <= statuses
    offered = Product.objects.offered_to(buyers[0].customer, now)
    assert set(offered.values_list("code", flat=True)) >= {"aliyun-vec", "qingyang-h800"}
    assert not offered.filter(code="horinger-910b").exists()
