"""The admin's doors: who gets in, what is saved, and by which service."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.products.enums import ProductStatus
from apps.products.models import (
    Category,
    CustomerDiscount,
    Price,
    Product,
    Quote,
    Sku,
    StockReservation,
    Vendor,
)
from apps.products.selectors import QuoteLineIn
from apps.products.services import create_quote
from tests.factories.products import (
    LONG_AGO,
    CategoryFactory,
    CustomerDiscountFactory,
    PriceFactory,
    ProductFactory,
    QuoteFactory,
    SkuFactory,
    StockReservationFactory,
    VendorFactory,
)

pytestmark = pytest.mark.django_db
MODELS = (Vendor, Category, Product, Sku, Price, CustomerDiscount, Quote, StockReservation)


def url_of(model, page="changelist", *args):
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=args)


@pytest.fixture
def product(platform):
    return ProductFactory(tenant=platform, name="弹性计算")


@pytest.fixture
def sku(product):
    sku = SkuFactory(product=product, name="2C4G", stock=5)
    PriceFactory(sku=sku, unit_price=Decimal("100.00"), unit_cost=Decimal("71.23"))
    return sku


def rows_of(platform, customer, number=1):
    """So many rows of each model."""
    for _ in range(number):
        product = ProductFactory(tenant=platform)
        sku = SkuFactory(product=product, price="100.00")
        CustomerDiscountFactory(customer=customer, sku=sku)
        QuoteFactory(customer=customer)
        StockReservationFactory(sku=sku)


class TestDoors:
    @pytest.mark.parametrize("model", MODELS)
    def test_lists_by_role(self, model, browse, boss, stranger, member, platform, customer):
        rows_of(platform, customer)
        url = url_of(model)

        assert browse(boss).get(url).status_code == 200
        assert browse(stranger).get(url).status_code == 403
        assert browse(member).get(url).status_code in {302, 403}

    @pytest.mark.parametrize("model", MODELS)
    def test_detail_and_history_by_role(self, model, browse, boss, stranger, platform, customer):
        rows_of(platform, customer)
        row = model.objects.first()
        pages = [url_of(model, "change", row.pk), url_of(model, "history", row.pk)]

        for url in pages:
            assert browse(boss).get(url).status_code == 200
            assert browse(stranger).get(url).status_code in {302, 403, 404}

    @pytest.mark.parametrize("model", [Product, Sku, Price, CustomerDiscount, Quote])
    def test_another_tenant_s_rows_do_not_exist(
        self, model, browse, rival_boss, distributor, customer
    ):
        product = ProductFactory(tenant=distributor, name="canary-product")
        sku = SkuFactory(product=product, name="canary-sku", price="1.00")
        CustomerDiscountFactory(customer=customer, sku=sku, name="canary-discount")
        QuoteFactory(customer=customer, number="QTEcanary")
        row = model.objects.get()
        client = browse(rival_boss)

        assert b"canary" not in client.get(url_of(model)).content
        for page in ("change", "history"):
            answer = client.get(url_of(model, page, row.pk))
            assert answer.status_code in {302, 404}
            assert b"canary" not in answer.content

    @pytest.mark.parametrize("model", MODELS)
    def test_query_count_does_not_grow(
        self, model, browse, boss, platform, customer, django_assert_max_num_queries
    ):
        rows_of(platform, customer)
        client, url = browse(boss), url_of(model)
        client.get(url)
        with CaptureQueriesContext(connection) as one:
            client.get(url)

        rows_of(platform, customer, 9)

        with django_assert_max_num_queries(len(one)):
            client.get(url)

    @pytest.mark.parametrize("model", MODELS)
    def test_nobody_deletes(self, model, browse, boss, platform, customer):
        rows_of(platform, customer)
        row = model.objects.first()

        answer = browse(boss).post(url_of(model, "delete", row.pk), {"post": "yes"})

        assert answer.status_code == 403
        assert model.objects.filter(pk=row.pk).exists()


class TestProduct:
    def form(self, product, **changes):
        names = ("name", "code", "summary", "description", "vendor_code", "position")
        form = {name: getattr(product, name) for name in names}
        form |= {
            "vendor": product.vendor_id,
            "category": product.category_id,
            "tenant": product.tenant_id,
            "tax_rate": "0.06",
            "visibility": product.visibility,
            "skus-TOTAL_FORMS": 0,
            "skus-INITIAL_FORMS": 0,
            "add_ons-TOTAL_FORMS": 0,
            "add_ons-INITIAL_FORMS": 0,
            "invitations-TOTAL_FORMS": 0,
            "invitations-INITIAL_FORMS": 0,
        }
        return form | changes

    def test_a_button_calls_the_service(self, browse, boss, product, sku):
        url = url_of(Product, "change", product.pk)
        pressed = self.form(product, products_product_stop_sales_button="1")

        browse(boss).post(url, pressed)

        product.refresh_from_db()
        assert product.status == ProductStatus.NO_NEW_SALES
        assert AuditEntry.objects.get(verb="product.no_new_sales").actor_id == boss.pk

    @pytest.mark.parametrize(
        ("traits", "open_buttons"),
        [
            ({}, {"stop_sales", "freeze_product"}),
            ({"frozen": True}, {"thaw_product", "retire_product"}),
            (
                {"grey": 5},
                {"resume_sales", "stop_sales", "freeze_product", "roll_back_grey_release"},
            ),
            ({"draft": True}, {"retire_product"}),
        ],
    )
    def test_what_the_shelf_does_not_allow_is_grey(
        self, traits, open_buttons, browse, boss, platform
    ):
        product = ProductFactory(tenant=platform, **traits)

        page = browse(boss).get(url_of(Product, "change", product.pk))

        buttons = page.context["actions_submit_line"]
        is_open = {b.path.removesuffix("_button") for b in buttons if not b.attrs}
        assert is_open == open_buttons
        assert all(b.attrs["title"] for b in buttons if b.attrs)
        assert 'disabled="disabled"' in page.content.decode()

    def test_a_refused_button_saves_nothing(self, browse, boss, platform):
        draft = ProductFactory(tenant=platform, draft=True, name="旧名")
        pressed = self.form(draft, name="新名", products_product_resume_sales_button="1")

        answer = browse(boss).post(url_of(Product, "change", draft.pk), pressed, follow=True)

        draft.refresh_from_db()
        assert (draft.status, draft.name) == (ProductStatus.DRAFT, "旧名")
        assert "评审" in answer.content.decode()

    def test_an_edited_sku_keeps_what_was_sold_meanwhile(self, browse, boss, product, sku):
        row = {
            "skus-TOTAL_FORMS": 1,
            "skus-INITIAL_FORMS": 1,
            "skus-0-id": sku.pk,
            "skus-0-product": product.pk,
            "skus-0-code": sku.code,
            "skus-0-name": "新名",
            "skus-0-billing_mode": sku.billing_mode,
            "skus-0-region": sku.region,
            "skus-0-is_active": "on",
        }
        written = []

        def listen(execute, sql, params, many, context):
            written.extend([sql] if sql.startswith("UPDATE `products_sku`") else [])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            browse(boss).post(url_of(Product, "change", product.pk), self.form(product, **row))

        sku.refresh_from_db()
        assert sku.name == "新名"
        assert len(written) == 1
        assert "stock" not in written[0]

    def test_actions_report_what_worked_and_what_did_not(self, browse, boss, product, platform):
        draft = ProductFactory(tenant=platform, draft=True)

        answer = browse(boss).post(
            url_of(Product),
            {"action": "stop_sales", "_selected_action": [product.pk, draft.pk]},
            follow=True,
        )

        statuses = Product.objects.values_list("status", flat=True).order_by("pk")
        assert list(statuses) == [ProductStatus.NO_NEW_SALES, ProductStatus.DRAFT]
        assert draft.name in answer.content.decode()

    def test_a_distributor_reads_the_platform_s_product_and_cannot_write_it(
        self, browse, rival_boss, product, sku
    ):
        url = url_of(Product, "change", product.pk)
        client = browse(rival_boss)

        page = client.get(url)
        answer = client.post(url, self.form(product, name="mine"))

        assert (page.status_code, answer.status_code) == (200, 403)
        assert "71.23" not in page.content.decode()
        product.refresh_from_db()
        assert product.name == "弹性计算"

    def test_cost_is_for_those_who_may_see_it(self, browse, boss, clerk, product, sku):
        url = url_of(Product, "change", product.pk)

        assert "71.23" in browse(boss).get(url).content.decode()
        assert "71.23" not in browse(clerk).get(url).content.decode()
        price = url_of(Price, "change", sku.prices.get().pk)
        assert "71.23" not in browse(clerk).get(price).content.decode()
        assert "71.23" not in browse(clerk).get(url_of(Sku, "change", sku.pk)).content.decode()


class TestSku:
    def form(self, sku, **changes):
        names = ("code", "name", "billing_mode", "region", "stock", "vendor_sku", "position")
        form = {name: getattr(sku, name) for name in names}
        form |= {"specification": '{"vcpu": 2}', "is_active": "on"}
        form |= {"prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0}
        return form | {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0} | changes

    def test_an_edit_does_not_put_back_what_was_sold_meanwhile(self, browse, boss, sku):
        url, written = url_of(Sku, "change", sku.pk), []

        def listen(execute, sql, params, many, context):
            written.extend([sql] if sql.startswith("UPDATE `products_sku`") else [])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(listen):
            answer = browse(boss).post(url, self.form(sku, name="新名"))

        sku.refresh_from_db()
        assert (answer.status_code, sku.name) == (302, "新名")
        assert any("`name`" in sql for sql in written)
        assert [sql for sql in written if "stock" in sql] == []

    def test_stock_goes_through_its_service(self, browse, boss, sku):
        browse(boss).post(url_of(Sku, "change", sku.pk), self.form(sku, stock=99))

        sku.refresh_from_db()
        assert sku.stock == 99
        entry = AuditEntry.objects.get(verb="sku.stock_set")
        assert (entry.before, entry.after) == ({"stock": 5}, {"stock": 99})

    def test_refuses_an_unknown_specification(self, browse, boss, sku):
        form = self.form(sku, specification='{"colour": "red"}')

        answer = browse(boss).post(url_of(Sku, "change", sku.pk), form)

        assert answer.status_code == 200
        assert "colour" in answer.content.decode()

    def test_a_distributor_adds_skus_to_its_own_products_only(
        self, browse, rival_boss, rival, product, sku
    ):
        form = self.form(sku, code="sneaked-in", product=product.pk)

        browse(rival_boss).post(url_of(Sku, "add"), form)

        assert not Sku.objects.filter(code="sneaked-in").exists()


class TestPrice:
    def test_a_new_price_takes_over(self, browse, boss, sku):
        form = {"sku": sku.pk, "unit_price": "88.00", "unit_cost": "", "valid_from_0": ""}

        browse(boss).post(url_of(Price, "add"), form)

        prices = Price.objects.filter(sku=sku).order_by("valid_from")
        old, new = prices
        assert (old.unit_price, new.unit_price) == (Decimal("100.00"), Decimal("88.00"))
        assert (old.valid_until, new.created_by) == (new.valid_from, boss)

    def test_a_refusal_is_told_and_nothing_saved(self, browse, boss, sku):
        form = {
            "sku": sku.pk,
            "unit_price": "88.00",
            "valid_from_0": "2026-03-01",
            "valid_from_1": "00:00:00",
        }

        answer = browse(boss).post(url_of(Price, "add"), form, follow=True)

        assert "不能从过去的时间开始" in answer.content.decode()
        assert Price.objects.filter(sku=sku).count() == 1

    def test_prices_are_not_edited(self, browse, boss, sku):
        price = sku.prices.get()

        answer = browse(boss).post(url_of(Price, "change", price.pk), {"unit_price": "1.00"})

        price.refresh_from_db()
        assert (answer.status_code, price.unit_price) == (403, Decimal("100.00"))


class TestShared:
    """Vendors and categories are the platform's."""

    @pytest.mark.parametrize(
        ("factory", "form"),
        [
            (VendorFactory, {"code": "new", "name": "新"}),
            (CategoryFactory, {"slug": "new", "name": "新", "position": 1}),
        ],
        ids=["vendor", "category"],
    )
    def test_distributors_only_read(self, factory, form, browse, boss, rival_boss):
        row = factory()
        model = type(row)
        change, add = url_of(model, "change", row.pk), url_of(model, "add")

        assert browse(rival_boss).get(change).status_code == 200
        assert browse(rival_boss).post(change, form).status_code == 403
        assert browse(rival_boss).post(add, form).status_code == 403
        assert browse(boss).post(add, form).status_code == 302
        assert model.objects.count() == 2


class TestQuote:
    def test_reads_as_a_waterfall(self, browse, boss, customer, sku, now):
        CustomerDiscountFactory(customer=customer, name="框架", rate=Decimal("0.85"))
        CustomerDiscountFactory(
            customer=customer, name="过期", valid_until=LONG_AGO + timedelta(days=1)
        )
        quote = create_quote(customer=customer, lines=[QuoteLineIn(sku.pk)], actor=boss, now=now)

        page = browse(boss).get(url_of(Quote, "change", quote.pk)).content.decode()

        for words in ("目录价", "8.5 折，适用于全部产品", "已失效", "¥85.00"):
            assert words in page

    def test_is_read_only(self, browse, boss, customer):
        quote = QuoteFactory(customer=customer)

        answer = browse(boss).post(url_of(Quote, "change", quote.pk), {"total": "1.00"})

        quote.refresh_from_db()
        assert (answer.status_code, quote.total) == (403, Decimal("85.00"))
        assert browse(boss).get(url_of(Quote, "add")).status_code == 403
