"""The life of a product, and who sees it when."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from apps.core.errors import Forbidden, IllegalTransition, NotFound
from apps.core.models import AuditEntry
from apps.products.enums import PRODUCT_FLOW, ProductStatus, Region
from apps.products.errors import ProductHasNoPrice, ProductIsNotYours
from apps.products.models import Product, Sku
from apps.products.selectors import catalogue, products_on_sale, where_used
from apps.products.services import freeze_product, publish_product, retire_product, stop_sales
from apps.products.specification import Specification, validate_specification
from tests.factories.customers import CustomerFactory
from tests.factories.products import (
    CustomerDiscountFactory,
    ProductFactory,
    QuoteLineFactory,
    SkuFactory,
)

pytestmark = pytest.mark.django_db
SERVICES = {
    ProductStatus.ON_SALE: publish_product,
    ProductStatus.NO_NEW_SALES: stop_sales,
    ProductStatus.FROZEN: freeze_product,
    ProductStatus.RETIRED: retire_product,
}
TRAITS = {
    ProductStatus.DRAFT: {"draft": True},
    ProductStatus.REVIEW: {"in_review": True},
    ProductStatus.GREY: {"grey": 0},
    ProductStatus.ON_SALE: {},
    ProductStatus.NO_NEW_SALES: {"stopped": True},
    ProductStatus.FROZEN: {"frozen": True},
    ProductStatus.RETIRED: {"retired": True},
}


class TestLife:
    @pytest.mark.parametrize("current", ProductStatus)
    @pytest.mark.parametrize("to", SERVICES)
    def test_only_declared_moves(self, current, to, platform, boss, now):
        """X-9"""
        product = ProductFactory(tenant=platform, **TRAITS[current])
        SkuFactory(product=product, price="1.00")

        if PRODUCT_FLOW.may(current, to):
            SERVICES[to](product=product, actor=boss, now=now)
        else:
            with pytest.raises(IllegalTransition):
                SERVICES[to](product=product, actor=boss, now=now)

        expected = to if PRODUCT_FLOW.may(current, to) else current
        product.refresh_from_db()
        assert product.status == expected

    def test_stamps_and_records_the_move(self, platform, boss, now):
        product = ProductFactory(tenant=platform, draft=True)
        SkuFactory(product=product, price="1.00")

        product = publish_product(product=product, actor=boss, now=now)

        assert product.on_sale_at == now
        entry = AuditEntry.objects.get(verb="product.on_sale")
        assert (entry.actor_id, entry.before, entry.after) == (
            boss.pk,
            {"status": "draft"},
            {"status": "on_sale"},
        )

    @pytest.mark.parametrize("sku", [None, {}, {"price": "1.00", "is_active": False}])
    def test_nothing_to_buy_is_not_put_on_the_shelf(self, sku, platform, boss, now):
        product = ProductFactory(tenant=platform, draft=True)
        if sku is not None:
            SkuFactory(product=product, **sku)

        with pytest.raises(ProductHasNoPrice):
            publish_product(product=product, actor=boss, now=now)

        product.refresh_from_db()
        assert product.status == ProductStatus.DRAFT

    @pytest.mark.parametrize(
        ("actor", "error"),
        [("stranger", NotFound), ("clerk", Forbidden), ("rival_boss", ProductIsNotYours)],
    )
    @pytest.mark.parametrize("service", SERVICES.values())
    def test_needs_permission_on_a_product_of_ones_own(
        self, service, actor, error, platform, now, request
    ):
        product = ProductFactory(tenant=platform)

        with pytest.raises(error):
            service(product=product, actor=request.getfixturevalue(actor), now=now)

        product.refresh_from_db()
        assert product.status == ProductStatus.ON_SALE


class TestVisibility:
    """CAT-3, X-6: a tenant sells its own products and those of the tenants above it."""

    @pytest.fixture
    def products(self, platform, distributor, rival):
        return {
            "platform": ProductFactory(tenant=platform),
            "platform draft": ProductFactory(tenant=platform, draft=True),
            "distributor": ProductFactory(tenant=distributor),
            "rival": ProductFactory(tenant=rival),
            "rival stopped": ProductFactory(tenant=rival, stopped=True),
        }

    def seen(self, user, products):
        visible = set(Product.objects.visible_to(user))
        return {name for name, product in products.items() if product in visible}

    def test_platform_staff_see_all(self, boss, products):
        assert self.seen(boss, products) == set(products)

    def test_distributors_see_theirs_and_the_platform_s(self, rival_boss, products):
        assert self.seen(rival_boss, products) == {
            "platform",
            "platform draft",
            "rival",
            "rival stopped",
        }

    def test_distributors_change_only_theirs(self, rival_boss, products):
        assert set(Product.objects.editable_by(rival_boss)) == {
            products["rival"],
            products["rival stopped"],
        }

    def test_portal_users_see_what_is_on_sale(self, member, products):
        assert self.seen(member, products) == {"platform"}

    def test_customers_of_a_distributor_are_offered_both_shelves(self, rival, products, now):
        assert set(products_on_sale(customer=CustomerFactory(tenant=rival), at=now)) == {
            products["platform"],
            products["rival"],
        }

    def test_strangers_see_nothing(self, stranger, products):
        assert self.seen(stranger, products) == set()

    def test_skus_follow_their_product(self, member, rival_boss, products):
        skus = {name: SkuFactory(product=product) for name, product in products.items()}

        assert list(Sku.objects.visible_to(member)) == [skus["platform"]]
        assert skus["distributor"] not in Sku.objects.visible_to(rival_boss)


class TestCatalogue:
    def test_shows_the_lowest_price_of_the_moment(self, platform, member, now):
        product = ProductFactory(tenant=platform)
        SkuFactory(product=product, price="12.00")
        SkuFactory(product=product, price="9.00")
        SkuFactory(product=product, price="1.00", is_active=False)
        SkuFactory(product=product)

        [shown] = catalogue(user=member, at=now)

        assert shown.price_from == Decimal("9.00")
        assert [sku.unit_price for sku in shown.skus_on_sale] == [
            Decimal("12.00"),
            Decimal("9.00"),
            None,
        ]

    def test_where_used_counts_what_the_viewer_may_see(self, platform, boss, stranger, customer):
        product = ProductFactory(tenant=platform)
        sku = SkuFactory(product=product)
        CustomerDiscountFactory(customer=customer, sku=sku)
        QuoteLineFactory.create_batch(2, quote__customer=customer, sku=sku)

        uses = {use.model._meta.model_name: use.count for use in where_used(thing=sku, user=boss)}

        assert uses == {"customerdiscount": 1, "quoteline": 2}
        assert where_used(thing=sku, user=stranger) == []


class TestConstraints:
    pytestmark = pytest.mark.sqlite

    @pytest.mark.parametrize(
        "wrong", [{"stock": -1}, {"billing_mode": "weekly"}, {"code": "twin"}], ids=str
    )
    def test_database_refuses_a_sku(self, wrong, db):
        product = ProductFactory()
        SkuFactory(product=product, code="twin")

        with pytest.raises(IntegrityError), transaction.atomic():
            SkuFactory(product=product, **wrong)

    @pytest.mark.parametrize(
        "wrong",
        [{"status": "sold"}, {"on_sale_at": None}, {"retired": True, "retired_at": None}],
        ids=str,
    )
    def test_database_refuses_a_product(self, wrong, db):
        with pytest.raises(IntegrityError), transaction.atomic():
            ProductFactory(**wrong)

    @pytest.mark.parametrize(
        "wrong",
        [{"rate": Decimal("1.01")}, {"rate": Decimal("-0.1")}, {"scope": "product"}],
        ids=str,
    )
    def test_database_refuses_a_discount(self, wrong, db):
        with pytest.raises(IntegrityError), transaction.atomic():
            CustomerDiscountFactory(**wrong)


class TestSpecification:
    def test_reads_in_units(self):
        specs = Specification.parse({"vcpu": 2, "memory_gib": 4, "gpu_model": "A100"})

        assert str(specs) == "2 vCPU · 4 GiB · A100"
        assert specs.to_json() == {"vcpu": 2, "memory_gib": 4, "gpu_model": "A100"}

    @pytest.mark.parametrize(
        "wrong",
        [{"cpu": 2}, {"vcpu": "2"}, {"vcpu": True}, {"vcpu": -1}, {"gpu_model": 5}, ["vcpu"]],
        ids=str,
    )
    def test_refuses_what_it_does_not_know(self, wrong):
        with pytest.raises(ValidationError):
            validate_specification(wrong)

    def test_regions_have_names(self):
        assert Region("cn-beijing").label
