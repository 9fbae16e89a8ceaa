"""Quotes: one price function, its answer frozen with its reasons (PRC-4, X-4, CAT-4)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.core.errors import Forbidden, NotFound
from apps.products.errors import (
    QuantityIsOutOfRange,
    QuoteIsEmpty,
    QuoteIsTooLong,
    SkuHasNoPrice,
    SkuIsUnknown,
)
from apps.products.models import CustomerDiscount, Quote
from apps.products.selectors import QuoteLineIn, UsageIn, explain_quote, price_usage
from apps.products.services import (
    create_quote,
    discount_rate_for,
    preview_quote,
    set_price,
)
from apps.products.services.rules import bump_rules
from tests.factories.customers import CustomerFactory
from tests.factories.products import (
    CategoryFactory,
    CustomerDiscountFactory,
    ProductFactory,
    QuoteFactory,
    SkuFactory,
    VendorFactory,
)
from tests.factories.rbac import RoleFactory, StaffFactory, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def category():
    return CategoryFactory(name="云服务器")


@pytest.fixture
def sku(platform, category):
    product = ProductFactory(tenant=platform, category=category, name="ECS")
    return SkuFactory(product=product, name="2C4G", price="100.00")


@pytest.fixture
def discounts(customer, category):
    return [
        CustomerDiscountFactory(customer=customer, name="新客 9 折", rate=Decimal("0.9")),
        CustomerDiscountFactory(
            customer=customer, name="框架折扣", rate=Decimal("0.85"), category=category
        ),
    ]


def quote_of(customer, actor, now, *lines):
    return create_quote(customer=customer, lines=lines, actor=actor, now=now)


class TestCreate:
    def test_prices_every_line_with_the_most_specific_discount(
        self, customer, member, sku, discounts, now
    ):
        quote = quote_of(customer, member, now, QuoteLineIn(sku.pk, 2, 3), QuoteLineIn(sku.pk))

        assert (quote.list_total, quote.total) == (Decimal("700.00"), Decimal("595.00"))
        assert [(x.position, x.list_amount, x.amount) for x in quote.lines.all()] == [
            (1, Decimal("600.00"), Decimal("510.00")),
            (2, Decimal("100.00"), Decimal("85.00")),
        ]
        assert (quote.customer, quote.tenant, quote.created_by) == (
            customer,
            customer.tenant,
            member,
        )

    def test_stands_for_half_an_hour(self, customer, member, sku, now):
        quote = quote_of(customer, member, now, QuoteLineIn(sku.pk))

        assert quote.is_valid(now + timedelta(minutes=30, microseconds=-1))
        assert not quote.is_valid(now + timedelta(minutes=30))

    def test_staff_quote_for_their_customers(self, clerk, platform, sku, now):
        mine = CustomerFactory(tenant=platform, owner=clerk)

        assert quote_of(mine, clerk, now, QuoteLineIn(sku.pk)).created_by == clerk

    def test_writes_in_a_fixed_number_of_queries(
        self, customer, member, sku, now, django_assert_max_num_queries
    ):
        bump_rules(tenant=customer.tenant)  # from now on, shared rules lie compiled
        quote_of(customer, member, now, QuoteLineIn(sku.pk))
        for number in range(50):
            CustomerDiscountFactory(customer=customer, product=sku.product, name=str(number))

        with django_assert_max_num_queries(14):
            quote_of(customer, member, now, *[QuoteLineIn(sku.pk)] * 20)

    @pytest.mark.parametrize(
        ("error", "lines"),
        [
            (QuoteIsEmpty, []),
            (QuoteIsTooLong, [(1, 1)] * 101),
            (QuantityIsOutOfRange, [(0, 1)]),
            (QuantityIsOutOfRange, [(1, 0)]),
            (QuantityIsOutOfRange, [(10_001, 1)]),
        ],
    )
    def test_refuses_lines_without_sense(self, error, lines, customer, member, sku, now):
        with pytest.raises(error):
            quote_of(customer, member, now, *[QuoteLineIn(sku.pk, *line) for line in lines])

        assert not Quote.objects.exists()

    @pytest.mark.parametrize("trait", ["draft", "stopped", "retired"])
    def test_sells_only_what_is_on_sale(self, trait, customer, member, platform, now):
        sku = SkuFactory(product=ProductFactory(tenant=platform, **{trait: True}), price="1.00")

        with pytest.raises(SkuIsUnknown) as refusal:
            quote_of(customer, member, now, QuoteLineIn(sku.pk))

        assert list(refusal.value.fields) == ["lines.0.sku"]

    def test_does_not_sell_what_another_tenant_offers(self, customer, boss, rival, now):
        theirs = SkuFactory(product=ProductFactory(tenant=rival), price="1.00")

        with pytest.raises(SkuIsUnknown):
            quote_of(customer, boss, now, QuoteLineIn(theirs.pk))

    def test_needs_a_price(self, customer, member, platform, now):
        sku = SkuFactory(product=ProductFactory(tenant=platform))

        with pytest.raises(SkuHasNoPrice):
            quote_of(customer, member, now, QuoteLineIn(sku.pk))

    @pytest.mark.parametrize(
        ("actor", "error"),
        [("stranger", NotFound), ("outsider", NotFound), ("rival_boss", NotFound)],
    )
    def test_is_made_for_visible_customers_only(self, actor, error, customer, sku, now, request):
        with pytest.raises(error):
            quote_of(customer, request.getfixturevalue(actor), now, QuoteLineIn(sku.pk))

        assert not Quote.objects.exists()

    def test_needs_permission(self, customer, platform, sku, now, roles):
        viewer = give_role(
            StaffFactory(tenant=platform), RoleFactory(permissions=["customers.view_customer"])
        )

        with pytest.raises(Forbidden):
            quote_of(customer, viewer, now, QuoteLineIn(sku.pk))


class TestSnapshot:
    def test_stays_when_prices_and_discounts_change(
        self, customer, member, boss, sku, discounts, now
    ):
        """X-4: byte for byte."""
        quote = quote_of(customer, member, now, QuoteLineIn(sku.pk, 3))
        before = quote.snapshot

        set_price(sku=sku, unit_price=Decimal("500.00"), actor=boss, now=now)
        CustomerDiscount.objects.filter(customer=customer).update(rate=1, name="?")

        quote.refresh_from_db()
        assert quote.snapshot == before
        assert quote.snapshot.encode() == before.encode()

    def test_preview_and_quote_are_the_same_bytes(self, customer, member, sku, discounts, now):
        lines = [QuoteLineIn(sku.pk, 3), QuoteLineIn(sku.pk, 1, 12)]

        quote = quote_of(customer, member, now, *lines)
        preview = preview_quote(customer=customer, lines=lines, actor=member, now=now)

        assert preview.to_snapshot() == Quote.objects.get(pk=quote.pk).snapshot

    def test_database_refuses_totals_above_the_list(self):
        with pytest.raises(IntegrityError), transaction.atomic():
            QuoteFactory(total=Decimal("100.01"))


class TestExplanation:
    """PRC-4: every applied and every rejected rule, in both languages, the same for everybody."""

    EXPECTED = {
        "en": (
            ["List price", "框架折扣"],
            [
                "¥100.00 × 2 × 1 (Per month)",
                "85 % of the price, for the category “云服务器”",
            ],
            "“框架折扣” is more specific, so it goes first",
        ),
        "zh-hans": (
            ["目录价", "框架折扣"],
            ["¥100.00 × 2 × 1（包月）", "8.5 折，适用于品类“云服务器”"],
            "“框架折扣”的范围更具体，优先生效",
        ),
    }

    @pytest.mark.parametrize("language", EXPECTED)
    def test_reads_in_both_languages(self, language, customer, member, sku, discounts, now):
        quote = quote_of(customer, member, now, QuoteLineIn(sku.pk, 2))

        with translation.override(language):
            [line] = explain_quote(quote).lines

        names, reasons, rejection = self.EXPECTED[language]
        assert [step.name for step in line.steps] == names
        assert [step.reason for step in line.steps] == reasons
        assert [(miss.name, miss.reason) for miss in line.rejected] == [("新客 9 折", rejection)]
        assert [(step.before, step.after) for step in line.steps] == [
            ("0.00", "200.00"),
            ("200.00", "170.00"),
        ]

    def test_names_that_look_like_templates_stay_names(self, customer, member, sku, now):
        CustomerDiscountFactory(customer=customer, name="{scope} {0.__class__} %s")

        [line] = explain_quote(quote_of(customer, member, now, QuoteLineIn(sku.pk))).lines

        assert line.steps[1].name == "{scope} {0.__class__} %s"


class TestUsage:
    @pytest.fixture
    def vendor(self):
        return VendorFactory()

    @pytest.fixture
    def product(self, platform, vendor, category):
        return ProductFactory(
            tenant=platform, vendor=vendor, category=category, vendor_code="AmazonEC2"
        )

    def a_line(self, vendor, now, code="amazonec2", **facts):
        return UsageIn("u:1", vendor.pk, code, Decimal("1.000000000003"), now, **facts)

    def test_finds_the_product_by_the_vendor_s_code(
        self, customer, vendor, product, discounts, now
    ):
        [usage] = price_usage(customer=customer, lines=[self.a_line(vendor, now)])

        assert usage.payable == Decimal("0.850000000003")
        [applied] = usage.decision.applied
        assert applied.name == "框架折扣"

    def test_what_is_not_in_the_catalogue_gets_the_vendor_s_discount(
        self, customer, vendor, product, discounts, now
    ):
        CustomerDiscountFactory(customer=customer, vendor=vendor, rate=Decimal("0.5"))

        [usage] = price_usage(customer=customer, lines=[self.a_line(vendor, now, "AWSGlue")])

        assert usage.payable == Decimal("0.500000000002")

    def test_a_known_sku_counts_most(self, customer, vendor, product, discounts, now):
        sku = SkuFactory(product=product)
        CustomerDiscountFactory(customer=customer, sku=sku, rate=Decimal("0.2"))

        [usage] = price_usage(customer=customer, lines=[self.a_line(vendor, now, sku_id=sku.pk)])

        assert usage.rate == Decimal("0.2")

    def test_queries_do_not_grow_with_the_lines(
        self, customer, vendor, product, discounts, now, django_assert_num_queries
    ):
        bump_rules(tenant=customer.tenant)
        lines = [self.a_line(vendor, now) for _ in range(4_000)]
        assert sum(1 for _ in price_usage(customer=customer, lines=lines[:1])) == 1

        with django_assert_num_queries(4):
            assert sum(1 for _ in price_usage(customer=customer, lines=lines)) == 4_000

    def test_tells_the_rate_and_why(self, customer, vendor, product, discounts, now):
        with translation.override("en"):
            rate, why = discount_rate_for(
                customer=customer, vendor_id=vendor.pk, product_code="AmazonEC2", at=now
            )

        assert rate == Decimal("0.85")
        assert why == (
            "框架折扣: 85 % of the price, for the category “云服务器” · "
            "新客 9 折: “框架折扣” is more specific, so it goes first"
        )

    def test_without_discount_says_so(self, customer, vendor, now):
        with translation.override("en"):
            rate, why = discount_rate_for(
                customer=customer, vendor_id=vendor.pk, product_code="?", at=now
            )

        assert (rate, why) == (1, "List price: no discount applies")
