"""Reference data of the catalogue: taxes, regions, add-ons, versions, suppliers, margins."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone, translation

from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry
from apps.products import services as products
from apps.products.enums import METERED, BillingMode
from apps.products.errors import (
    AccountNumberIsInvalid,
    ProductIsNotYours,
    SpecificationIsInvalid,
)
from apps.products.models import CloudRegion, Sku, SkuVersion, Supplier, SupplierAccount
from apps.products.selectors import tax_rate_at
from apps.products.specification import Specification
from tests.factories.products import (
    AddOnFactory,
    CategoryFactory,
    ProductFactory,
    SkuFactory,
    SupplierFactory,
    TaxClassFactory,
    TaxRateFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

NUMBER = "6222 0210 0100 1234 567"


@pytest.fixture
def now():
    return timezone.now()


class TestTaxes:
    @pytest.fixture
    def product(self, platform, now):
        """13 % until a second before now, 9 % since."""
        tax_class = TaxClassFactory()
        TaxRateFactory(tax_class=tax_class, rate=Decimal("0.13"), valid_from=now - timedelta(9))
        TaxRateFactory(tax_class=tax_class, rate=Decimal("0.09"), valid_from=now)
        return ProductFactory(tenant=platform, tax_class=tax_class, tax_rate=Decimal("0.06"))

    @pytest.mark.parametrize(
        ("offset", "rate"), [(-1, "0.13"), (0, "0.09"), (1, "0.09"), (-9 * 86400 - 1, "0.06")]
    )
    def test_the_rate_is_that_of_the_moment(self, offset, rate, product, now):
        at = now + timedelta(seconds=offset)
        sku = SkuFactory(product=product)

        assert tax_rate_at(product=product, at=at) == Decimal(rate)
        assert Sku.objects.with_terms(at).get(pk=sku.pk).tax_rate_now == Decimal(rate)

    def test_without_a_class_it_is_the_product_s_own(self, platform, now):
        product = ProductFactory(tenant=platform, tax_rate=Decimal("0.03"))

        assert tax_rate_at(product=product, at=now) == Decimal("0.03")

    def test_the_api_tells_it(self, product, member, api):
        answer = api(member).get(f"/api/v1/products/{product.pk}/").json()

        assert (answer["tax_rate"], answer["tax_code"]) == ("0.09", product.tax_class.code)

    @pytest.mark.parametrize("rate", ["1", "-0.01"])
    def test_the_database_refuses_what_is_no_rate(self, rate):
        with pytest.raises(IntegrityError), transaction.atomic():
            TaxRateFactory(rate=Decimal(rate))


@pytest.mark.parametrize(
    ("own", "of_category", "least"),
    [(None, None, "0"), (None, "0.05", "0.05"), ("0.1", "0.05", "0.1"), ("0", "0.05", "0")],
)
def test_the_least_margin_is_the_product_s_else_the_category_s(
    own, of_category, least, platform, now
):
    given = [None if text is None else Decimal(text) for text in (own, of_category)]
    category = CategoryFactory(min_margin=given[1])
    SkuFactory(product=ProductFactory(tenant=platform, category=category, min_margin=given[0]))

    assert Sku.objects.with_terms(now).get().least_margin == Decimal(least)


class TestRegions:
    def test_are_known_without_a_row(self, db):
        with translation.override("zh-hans"):
            assert CloudRegion.objects.names()["cn-beijing"] == "北京"

    def test_a_row_adds_one_and_names_one_anew(self, db):
        CloudRegion.objects.create(code="cn-qingyang", name="庆阳", name_en="Qingyang")
        CloudRegion.objects.create(code="cn-beijing", name="华北 2", name_en="North 2")

        with translation.override("zh-hans"):
            names = CloudRegion.objects.names()
        assert (names["cn-qingyang"], names["cn-beijing"]) == ("庆阳", "华北 2")
        with translation.override("en"):
            assert CloudRegion.objects.names()["cn-qingyang"] == "Qingyang"

    def test_a_row_takes_one_out_of_use(self, db):
        CloudRegion.objects.create(
            code="cn-tianjin", name="天津", name_en="Tianjin", is_active=False
        )

        assert "cn-tianjin" not in CloudRegion.objects.names()

    def test_the_api_names_regions_of_data(self, platform, member, api):
        CloudRegion.objects.create(code="cn-qingyang", name="庆阳", name_en="Qingyang")
        sku = SkuFactory(
            product=ProductFactory(tenant=platform), region="cn-qingyang", zone="qy-a", price="1.00"
        )

        detail = api(member).get(f"/api/v1/products/{sku.product_id}/").json()

        [shown] = detail["skus"]
        assert (shown["region"], shown["zone"]) == ("cn-qingyang", "qy-a")
        assert shown["region_name"] in {"庆阳", "Qingyang"}


class TestBillingModes:
    def test_use_by_time_is_metered(self):
        assert {BillingMode.PER_SECOND, BillingMode.HOURLY, BillingMode.DAILY} == METERED
        assert [mode for mode in BillingMode if mode.is_metered] == [
            "per_second",
            "hourly",
            "daily",
        ]

    @pytest.mark.parametrize("mode", BillingMode)
    def test_an_order_pays_at_once_what_is_not_metered(self, mode, platform, customer, member, now):
        sku = SkuFactory(product=ProductFactory(tenant=platform), billing_mode=mode, price="10.00")
        lines = [products.QuoteLineIn(sku_id=sku.pk)]

        quote = products.create_quote(customer=customer, lines=lines, actor=member, now=now)

        assert quote.due_now == Decimal("0.00" if mode.is_metered else "10.00")
        assert quote.lines.get().is_metered is mode.is_metered


class TestAddOns:
    @pytest.fixture
    def host(self, platform):
        product = ProductFactory(tenant=platform)
        SkuFactory(product=product, price="100.00")
        return product

    def detail(self, host, member, api):
        return api(member).get(f"/api/v1/products/{host.pk}/").json()["add_ons"]

    def test_stand_on_the_page_of_the_product(self, host, platform, member, api):
        sku = SkuFactory(product=ProductFactory(tenant=platform, name="安全加固"), price="99.00")
        AddOnFactory(product=host, sku=sku, is_default=True)

        [shown] = self.detail(host, member, api)

        assert (shown["sku"], shown["unit_price"], shown["is_default"]) == (sku.pk, "99.00", True)
        assert shown["name"].startswith("安全加固")

    @pytest.mark.parametrize("traits", [{"stopped": True}, {"visibility": "hidden"}, {"grey": 0}])
    def test_those_not_offered_to_him_are_not_shown(self, traits, host, platform, member, api):
        AddOnFactory(
            product=host, sku=SkuFactory(product=ProductFactory(tenant=platform, **traits))
        )

        assert self.detail(host, member, api) == []

    def test_asks_as_often_for_one_as_for_ten(
        self, host, platform, member, api, django_assert_max_num_queries
    ):
        product = ProductFactory(tenant=platform)
        AddOnFactory(product=host, sku=SkuFactory(product=product, price="1.00"))
        self.detail(host, member, api)
        with django_assert_max_num_queries(30) as first:
            self.detail(host, member, api)
        for _ in range(9):
            AddOnFactory(product=host, sku=SkuFactory(product=product, price="1.00"))

        with django_assert_max_num_queries(len(first)):
            assert len(self.detail(host, member, api)) == 10


class TestSpecifications:
    NEW = {"vcpu": 4, "memory_gib": 8}

    @pytest.fixture
    def sku(self, platform):
        return SkuFactory(product=ProductFactory(tenant=platform), price="10.00")

    def test_a_change_is_a_version(self, sku, boss, now):
        before = sku.specification

        products.change_specification(
            sku=sku, specification=self.NEW, actor=boss, now=now, reason="升配"
        )

        sku.refresh_from_db()
        version = SkuVersion.objects.get()
        assert (sku.specification, sku.spec_version) == (self.NEW, 2)
        assert (version.number, version.before, version.after) == (2, before, self.NEW)
        assert (version.changed_by, version.changed_at, version.reason) == (boss, now, "升配")
        assert AuditEntry.objects.get(verb="sku.specification_changed").facts["version"] == 2

    def test_what_is_so_already_is_no_change(self, sku, boss, now):
        products.change_specification(sku=sku, specification=sku.specification, actor=boss, now=now)

        sku.refresh_from_db()
        assert (sku.spec_version, SkuVersion.objects.count()) == (1, 0)

    @pytest.mark.parametrize("wrong", [{"cpu": 1}, {"vcpu": "4"}, {"compute_kind": "games"}])
    def test_refuses_what_is_not_known(self, wrong, sku, boss, now):
        with pytest.raises(SpecificationIsInvalid):
            products.change_specification(sku=sku, specification=wrong, actor=boss, now=now)

        sku.refresh_from_db()
        assert sku.spec_version == 1

    @pytest.mark.parametrize(
        ("person", "refusal"),
        [("stranger", NotFound), ("clerk", Forbidden), ("rival_boss", ProductIsNotYours)],
    )
    def test_is_for_those_who_run_the_catalogue(self, person, refusal, sku, now, request):
        with pytest.raises(refusal):
            products.change_specification(
                sku=sku, specification=self.NEW, actor=request.getfixturevalue(person), now=now
            )

        assert not SkuVersion.objects.exists()

    def test_compute_power_says_what_it_is_for(self):
        facts = {
            "compute_kind": "training",
            "gpu_model": "H800",
            "gpu_count": 8,
            "nodes": 32,
            "topology": "Rail-optimized",
        }

        with translation.override("en"):
            text = str(Specification.parse(facts))

        assert text == "AI training · H800 · 8 cards · 32 nodes · Rail-optimized"


class TestSuppliers:
    @pytest.fixture
    def supplier(self, platform):
        return SupplierFactory(tenant=platform)

    def add(self, supplier, actor, now, number=NUMBER):
        return products.add_supplier_account(
            supplier=supplier,
            holder="示例云科技有限公司",
            bank="示例银行",
            number=number,
            actor=actor,
            now=now,
        )

    def test_numbers_are_encrypted_and_masked(self, supplier, boss, now):
        account = self.add(supplier, boss, now)

        account = SupplierAccount.objects.get(pk=account.pk)
        assert account.number == "6222021001001234567"
        assert account.number_masked == "622************4567"
        with connection.cursor() as cursor:
            cursor.execute("SELECT number FROM products_supplieraccount")
            assert "6222021" not in str(cursor.fetchall())
        entry = AuditEntry.objects.get(verb="supplier.account_added")
        assert "6222021" not in str(entry.facts)

    def test_looking_leaves_a_trace(self, supplier, boss, now):
        account = self.add(supplier, boss, now)

        number = products.reveal_account_number(account=account, actor=boss, now=now)

        assert number == "6222021001001234567"
        assert AuditEntry.objects.get(verb="supplier.account_revealed").actor_id == boss.pk

    def test_closing_keeps_the_row(self, supplier, boss, now):
        account = self.add(supplier, boss, now)

        products.close_supplier_account(account=account, actor=boss, now=now)

        account.refresh_from_db()
        assert not account.is_active

    @pytest.mark.parametrize("number", ["1234567", "6222 0210 abcd", "", "１２３４５６７８９"])
    def test_refuses_what_is_no_number(self, number, supplier, boss, now):
        with pytest.raises(AccountNumberIsInvalid):
            self.add(supplier, boss, now, number=number)

        assert not SupplierAccount.objects.exists()

    @pytest.mark.parametrize("person", ["stranger", "clerk", "rival_boss"])
    def test_money_s_way_is_finance_s_to_write(self, person, supplier, now, request):
        with pytest.raises((Forbidden, NotFound)):
            self.add(supplier, request.getfixturevalue(person), now)

        assert not SupplierAccount.objects.exists()

    def test_another_tenant_has_its_own(self, supplier, boss, rival_boss, rival):
        own = SupplierFactory(tenant=rival)

        assert set(Supplier.objects.visible_to(boss)) == {supplier, own}
        assert list(Supplier.objects.visible_to(rival_boss)) == [own]

    def test_clerks_and_customers_do_not_know_them(self, supplier, clerk, member):
        for person in (clerk, member):
            assert not Supplier.objects.visible_to(person).exists()
