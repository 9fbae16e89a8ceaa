"""Staff ask of one rule why it does nothing for a basket (PRC-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from apps.products.campaigns import PromotionKind
from apps.products.models import Promotion
from tests.factories.agreements import AgreementPriceFactory, PriceAgreementFactory
from tests.factories.customers import CustomerFactory
from tests.factories.products import CustomerDiscountFactory, ProductFactory, SkuFactory
from tests.factories.promotions import CampaignFactory, PromotionFactory
from tests.support.purchases import buy

pytestmark = pytest.mark.django_db
PREVIEW = "/admin/products/manualdiscount/workbench/preview/"


@pytest.fixture
def sku(platform):
    return SkuFactory(product=ProductFactory(tenant=platform), price="100.00")


@pytest.fixture
def live(platform):
    return CampaignFactory(tenant=platform, running=True)


@pytest.fixture
def ask(browse, boss, customer, sku):
    """`ask(key)`: what the workbench answers about the rule for one unit of the SKU."""

    def asked(key, *, person=boss, language="zh-hans", **more):
        form = {"customer": customer.pk, "sku_0": sku.pk, "rule": key, **more}
        answer = browse(person).post(PREVIEW, form, headers={"Accept-Language": language})
        return [(one.applies, one.reason) for one in answer.context["answers"]]

    return asked


def test_a_rule_that_applies_says_how_much_it_takes_off(ask, live):
    rule = PromotionFactory(campaign=live)

    assert ask(rule.rule_key) == [(True, "优惠 ¥20.00。")]
    with translation.override("en"):
        assert ask(rule.rule_key, language="en") == [(True, "It takes ¥20.00 off.")]


@pytest.mark.parametrize(
    ("terms", "reason", "english"),
    [
        ({"regions": ["cn-wuxi"]}, "不适用于该地域", "Not for this region"),
        ({"billing_modes": ["yearly"]}, "不适用于该计费方式", "Not for this billing mode"),
        ({"tiers": ["gold"]}, "仅面向其他客户", "Addressed to other customers"),
        ({"kind": PromotionKind.FIRST_ORDER}, "仅限首单", "Only for the first order"),
        ({"cap_total": 0}, "已售罄", "Sold out"),
    ],
)
def test_a_rule_that_does_not_says_why(ask, live, customer, sku, terms, reason, english):
    buy(customer, sku, "100.00", timezone.now() - timedelta(days=1))
    rule = PromotionFactory(campaign=live, **terms)

    [(applies, told)] = ask(rule.rule_key)
    assert (applies, told) == (False, reason)
    with translation.override("en"):
        assert ask(rule.rule_key, language="en") == [(False, english)]


def test_what_is_for_another_thing_names_it(ask, live, platform):
    other = ProductFactory(tenant=platform, name="对象存储")
    rule = PromotionFactory(campaign=live, product=other)

    [(applies, told)] = ask(rule.rule_key)
    assert (applies, "对象存储" in told) == (False, True)


def test_the_winner_is_named(ask, live, customer):
    CustomerDiscountFactory(customer=customer, name="老客户", rate=Decimal("0.9"))
    rule = PromotionFactory(campaign=live, name="秒杀", exclusive_group="one", rate=Decimal("0.95"))
    PromotionFactory(campaign=live, name="直降", exclusive_group="one", priority=5)

    [(applies, told)] = ask(rule.rule_key)
    assert (applies, "直降" in told) == (False, True)


def test_what_is_not_live_says_its_state(ask, platform, customer):
    draft = PromotionFactory(campaign=CampaignFactory(tenant=platform))
    agreement = PriceAgreementFactory(customer=customer)
    price = AgreementPriceFactory(agreement=agreement)

    assert ask(draft.rule_key) == [(False, "未生效：草稿")]
    assert ask(f"agreement-price:{price.pk}") == [(False, "未生效：草稿")]


def test_rules_of_others_cannot_be_asked_about(
    ask, browse, clerk, rival_boss, live, customer, sku, platform
):
    theirs = CustomerDiscountFactory(customer=CustomerFactory(tenant=platform))
    PromotionFactory(campaign=live)

    assert ask(f"customer-discount:{theirs.pk}") == []
    assert ask("promotion:0") == ask("nonsense") == []
    for person in (clerk, rival_boss):  # neither sees the customer
        answer = browse(person).post(PREVIEW, {"customer": customer.pk, "sku_0": sku.pk})
        assert "askable" not in (answer.context or {})


def test_the_api_answers_the_same(api, boss, stranger, live, customer, sku):
    rule = PromotionFactory(campaign=live, regions=["cn-wuxi"])
    lines = [{"sku": sku.pk, "quantity": 1}]
    body = {"customer": customer.pk, "lines": lines, "rule": rule.rule_key}
    url = "/api/v1/manual-discounts/preview/"

    assert api(boss).post(url, body, headers={"Accept-Language": "zh-hans"}).json()["why"] == [
        {"line": 0, "applies": False, "reason": "不适用于该地域"}
    ]
    assert api(boss).post(url, body | {"rule": ""}).json()["why"] == []
    assert "why" not in api(stranger).post(url, body).json()  # knows no such customer


def test_ten_rules_cost_as_many_queries_as_one(ask, live, customer):
    first = PromotionFactory(campaign=live)
    counted = []
    for more in (0, 9):
        for _one in range(more):
            PromotionFactory(campaign=live)
            CustomerDiscountFactory(customer=customer)
        ask(first.rule_key)
        with CaptureQueriesContext(connection) as queries:
            ask(first.rule_key)
        counted.append(len(queries))

    assert Promotion.objects.count() == 10
    assert counted[1] <= counted[0]
