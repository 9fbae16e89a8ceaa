"""The catalogue's pages in the admin: the workbench of a product and its reference data."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.core.models import AuditEntry
from apps.products.models import (
    GreyRelease,
    Product,
    ProductInvitation,
    SkuVersion,
    SupplierAccount,
)
from tests.factories.products import (
    PriceFactory,
    ProductFactory,
    SkuFactory,
    SupplierAccountFactory,
    SupplierFactory,
)

pytestmark = pytest.mark.django_db


def url(model, page, *args):
    return reverse(f"admin:products_{model}_{page}", args=args)


@pytest.fixture
def product(platform):
    product = ProductFactory(tenant=platform, min_margin=Decimal("0.5"))
    PriceFactory(
        sku=SkuFactory(product=product), unit_price=Decimal("100.00"), unit_cost=Decimal("71.23")
    )
    return product


def empty(*prefixes):
    return {f"{p}-{n}_FORMS": 0 for p in prefixes for n in ("TOTAL", "INITIAL")}


class TestWorkbench:
    def page(self, client, product):
        return client.get(url("product", "change", product.pk)).content.decode()

    def test_says_what_customers_may_and_what_it_earns(self, product, boss, browse):
        html = self.page(browse(boss), product)

        assert html.count("is-allowed") >= 4
        assert "¥71.23" in html
        assert "28.8 %" in html
        assert "kb-thin" in html  # 28.77 of 71.23 is less than half of the cost above it

    def test_says_nothing_of_costs_to_a_clerk(self, product, clerk, browse):
        html = self.page(browse(clerk), product)

        assert "100.00" in html
        assert "71.23" not in html
        assert "28.8" not in html

    def test_a_stopped_product_allows_two(self, platform, boss, browse):
        html = self.page(browse(boss), ProductFactory(tenant=platform, stopped=True))

        assert html.count("kb-may is-allowed") == 2

    def test_asks_as_often_for_ten_skus_as_for_one(
        self, product, boss, browse, django_assert_max_num_queries
    ):
        client = browse(boss)
        self.page(client, product)
        with django_assert_max_num_queries(80) as first:
            self.page(client, product)
        for _ in range(9):
            SkuFactory(product=product, price="5.00")

        with django_assert_max_num_queries(len(first)):
            self.page(client, product)


class TestVisibility:
    def form(self, product, **changes):
        names = ("name", "code", "summary", "description", "vendor_code", "position", "visibility")
        form = {name: getattr(product, name) for name in names}
        form |= {"vendor": product.vendor_id, "category": product.category_id, "tax_rate": "0.06"}
        return form | empty("skus", "add_ons", "invitations") | changes

    def invite(self, product, customer):
        return self.form(
            product,
            visibility="invited",
            **{"invitations-TOTAL_FORMS": 1, "invitations-0-customer": customer.pk},
        )

    def test_is_set_with_its_invitations(self, product, customer, boss, browse):
        answer = browse(boss).post(
            url("product", "change", product.pk), self.invite(product, customer)
        )

        assert answer.status_code == 302
        product.refresh_from_db()
        assert product.visibility == "invited"
        assert ProductInvitation.objects.get().customer == customer
        assert ProductInvitation.history.get().history_user == boss

    def test_an_invitation_names_exactly_one(self, product, customer, platform, boss, browse):
        form = self.invite(product, customer) | {"invitations-0-tenant": platform.pk}

        answer = browse(boss).post(url("product", "change", product.pk), form)

        assert answer.status_code == 200
        assert not ProductInvitation.objects.exists()

    @pytest.mark.parametrize("person", ["clerk", "rival_boss", "stranger"])
    def test_is_not_for_others_to_say(self, person, product, customer, browse, request):
        client = browse(request.getfixturevalue(person))

        answer = client.post(url("product", "change", product.pk), self.invite(product, customer))

        assert answer.status_code in {302, 403, 404}
        product.refresh_from_db()
        assert product.visibility == "public"
        assert not ProductInvitation.objects.exists()


class TestGreyRelease:
    @pytest.fixture
    def release(self, platform):
        return GreyRelease.objects.get(product=ProductFactory(tenant=platform, grey=10))

    def test_goes_further_by_its_service(self, release, customer, boss, browse):
        form = {"percent": 40, "customers": [customer.pk]}

        browse(boss).post(url("greyrelease", "change", release.pk), form)

        release.refresh_from_db()
        assert (release.percent, list(release.customers.all())) == (40, [customer])
        assert AuditEntry.objects.get(verb="product.grey_changed").actor_id == boss.pk

    def test_is_rolled_back_by_one_click(self, release, boss, browse):
        browse(boss).post(
            url("product", "changelist"),
            {"action": "roll_back_grey_release", "_selected_action": [release.product_id]},
        )

        assert Product.objects.get().status == "no_new_sales"

    @pytest.mark.parametrize("person", ["clerk", "rival_boss", "stranger"])
    def test_is_not_for_others(self, person, release, browse, request):
        client = browse(request.getfixturevalue(person))

        answer = client.post(url("greyrelease", "change", release.pk), {"percent": 100})

        assert answer.status_code in {302, 403, 404}
        release.refresh_from_db()
        assert release.percent == 10


def test_an_edited_specification_is_a_version(product, boss, browse):
    sku = product.skus.get()
    form = {
        "code": sku.code,
        "name": sku.name,
        "billing_mode": sku.billing_mode,
        "region": sku.region,
        "specification": '{"vcpu": 8, "memory_gib": 32}',
        "position": 0,
        "is_active": "on",
    }

    answer = browse(boss).post(url("sku", "change", sku.pk), form | empty("prices", "versions"))

    assert answer.status_code == 302
    sku.refresh_from_db()
    assert (sku.specification["vcpu"], sku.spec_version) == (8, 2)
    assert SkuVersion.objects.get().changed_by == boss
    page = browse(boss).get(url("sku", "change", sku.pk)).content.decode()
    assert "8 vCPU" in page


class TestSuppliers:
    def test_an_account_is_added_encrypted(self, platform, boss, browse):
        supplier = SupplierFactory(tenant=platform)
        form = {"supplier": supplier.pk, "holder": "示例", "bank": "示例银行"}
        client = browse(boss)

        refused = client.post(url("supplieraccount", "add"), form | {"number": "12"})
        answer = client.post(url("supplieraccount", "add"), form | {"number": "6222021001001234"})

        assert (refused.status_code, answer.status_code) == (200, 302)
        account = SupplierAccount.objects.get()
        assert account.number == "6222021001001234"
        page = client.get(url("supplier", "change", supplier.pk)).content.decode()
        assert account.number_masked in page
        assert account.number not in page

    @pytest.mark.parametrize(
        ("person", "status"),
        [("boss", 200), ("clerk", 404), ("stranger", 404), ("rival_boss", 404)],
    )
    def test_who_sees_the_whole_number(self, person, status, platform, browse, request):
        account = SupplierAccountFactory(supplier__tenant=platform)
        client = browse(request.getfixturevalue(person))

        answer = client.post(url("supplieraccount", "reveal", account.pk))

        assert answer.status_code == status
        assert (account.number in answer.content.decode()) is (status == 200)
        assert AuditEntry.objects.filter(verb="supplier.account_revealed").exists() is (
            status == 200
        )

    def test_the_list_asks_as_often_for_one_as_for_ten(
        self, platform, boss, browse, django_assert_max_num_queries
    ):
        client, page = browse(boss), url("supplier", "changelist")
        SupplierFactory(tenant=platform)
        client.get(page)
        with django_assert_max_num_queries(60) as first:
            client.get(page)
        SupplierFactory.create_batch(9, tenant=platform)

        with django_assert_max_num_queries(len(first)):
            client.get(page)


@pytest.mark.parametrize("page", ["taxclass", "cloudregion", "greyrelease", "supplier"])
@pytest.mark.parametrize(("person", "status"), [("boss", 200), ("stranger", 403)])
def test_reference_pages_open(page, person, status, platform, browse, request):
    ProductFactory(tenant=platform, grey=3)

    client = browse(request.getfixturevalue(person))

    assert client.get(url(page, "changelist")).status_code == status
    if page != "greyrelease":
        assert client.get(url(page, "add")).status_code == status
