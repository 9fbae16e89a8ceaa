"""Pages of discount authority, price lists and suppliers' terms: stranger, clerk, boss, rival."""

from decimal import Decimal

import pytest
from django.urls import reverse

from apps.approvals.models import Approval
from apps.products.agreement_enums import PriceListStatus, TermKind
from apps.products.models import DiscountAuthority, PriceList, PriceListPrice, SupplierTerm
from apps.rbac.models import Role
from tests.factories.agreements import (
    DiscountAuthorityFactory,
    PriceListFactory,
    SupplierTermFactory,
)
from tests.factories.products import ProductFactory, SkuFactory, SupplierFactory
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db

PAGES = {
    "discountauthority": DiscountAuthorityFactory,
    "pricelist": PriceListFactory,
    "supplierterm": SupplierTermFactory,
}
# Whose roles let them look, and of whom the clerk (a salesman) is one.
SEES = {"discountauthority": 200, "pricelist": 200, "supplierterm": 403}


def url_of(model, page, *args):
    return reverse(f"admin:products_{model}_{page}", args=args)


def authority_form(role, **changes):
    return {
        "role": role.pk,
        "scope": "all",
        "lowest_rate": "0.80",
        "min_margin": "0.05",
        "most_off": "5000.00",
        "is_active": "on",
        **changes,
    }


def list_form(tenant, **changes):
    return {
        "name": "华东价目表",
        "tenant": tenant.pk,
        "lowest": "0.70",
        "highest": "1",
        "valid_from_0": "2026-11-01",
        "valid_from_1": "00:00:00",
        "prices-TOTAL_FORMS": "1",
        "prices-INITIAL_FORMS": "0",
        "prices-0-name": "全部九折",
        "prices-0-change": "percent",
        "prices-0-rate": "0.9",
        "prices-0-scope": "all",
        **changes,
    }


def term_form(**changes):
    return {
        "name": "年度返点",
        "kind": "rebate",
        "rate": "0.08",
        "scope": "all",
        "valid_from_0": "2026-11-01",
        "valid_from_1": "00:00:00",
        "note": "",
        **changes,
    }


@pytest.fixture
def sales(roles):
    return Role.objects.get(code="sales")


@pytest.mark.parametrize("model", PAGES)
class TestWhoSees:
    def test_the_boss_sees_his_and_no_rival_does(
        self, model, browse, boss, rival_boss, stranger, platform
    ):
        row = PAGES[model](tenant=platform)

        assert browse(boss).get(url_of(model, "changelist")).context["cl"].result_count == 1
        assert browse(boss).get(url_of(model, "change", row.pk)).status_code == 200
        assert browse(rival_boss).get(url_of(model, "changelist")).context["cl"].result_count == 0
        hidden = browse(rival_boss).get(url_of(model, "change", row.pk))
        assert (hidden.status_code, hidden.url) == (302, reverse("admin:index"))
        assert browse(stranger).get(url_of(model, "changelist")).status_code == 403

    def test_a_clerk_looks_at_what_concerns_him_and_writes_none(
        self, model, browse, clerk, platform
    ):
        row = PAGES[model](tenant=platform)
        client = browse(clerk)

        assert client.get(url_of(model, "changelist")).status_code == SEES[model]
        assert client.post(url_of(model, "add"), {}).status_code == 403
        client.post(url_of(model, "change", row.pk), {"lowest_rate": "0", "rate": "1", "name": "x"})
        unchanged = type(row).objects.filter(pk=row.pk).values().get()
        assert unchanged == {name: getattr(row, name) for name in unchanged}

    def test_ten_ask_as_often_as_one(
        self, model, browse, boss, platform, django_assert_max_num_queries
    ):
        client = browse(boss)
        PAGES[model](tenant=platform)
        client.get(url_of(model, "changelist"))
        with django_assert_max_num_queries(80) as one:
            client.get(url_of(model, "changelist"))
        PAGES[model].create_batch(9, tenant=platform)
        with django_assert_max_num_queries(len(one)):
            assert client.get(url_of(model, "changelist")).context["cl"].result_count == 10


class TestAuthority:
    def test_the_boss_sets_it_for_his_tenant(self, browse, boss, sales):
        answer = browse(boss).post(url_of("discountauthority", "add"), authority_form(sales))

        assert answer.status_code == 302, answer.context["errors"]
        row = DiscountAuthority.objects.get()
        assert (row.tenant, row.role, row.lowest_rate) == (boss.tenant, sales, Decimal("0.80"))

    @pytest.mark.parametrize("changes", [{"lowest_rate": "1.2"}, {"scope": "vendor"}])
    def test_what_makes_no_sense_is_told(self, changes, browse, boss, sales):
        answer = browse(boss).post(
            url_of("discountauthority", "add"), authority_form(sales, **changes)
        )

        assert answer.status_code == 200
        assert not DiscountAuthority.objects.exists()


class TestPriceLists:
    def test_the_boss_writes_and_publishes_one(self, browse, boss, distributor):
        client = browse(boss)
        answer = client.post(url_of("pricelist", "add"), list_form(distributor))
        assert answer.status_code == 302, answer.context["errors"]
        listed = PriceList.objects.get()
        assert listed.prices.get().rate == Decimal("0.9")

        client.post(
            url_of("pricelist", "changelist"),
            {"action": "publish_price_list", "_selected_action": [listed.pk]},
        )

        listed.refresh_from_db()
        assert listed.status == PriceListStatus.PUBLISHED

    def test_a_fixed_price_is_asked_for(self, browse, boss, clerk, distributor):
        sku = SkuFactory(product=ProductFactory(tenant=boss.tenant), price="100.00")
        for code in ("sales-manager", "finance", "operations", "administrator"):
            give_role(StaffFactory(tenant=boss.tenant), code)
        fixed = {"change": "fixed_price", "unit_price": "88.00", "rate": "", "scope": "sku"}
        form = list_form(distributor, **{f"prices-0-{name}": x for name, x in fixed.items()})
        client = browse(boss)
        refused = client.post(url_of("pricelist", "add"), form | {"prices-0-scope": "all"})
        answer = client.post(url_of("pricelist", "add"), form | {"prices-0-sku": sku.pk})
        assert (refused.status_code, answer.status_code) == (200, 302), answer.context["errors"]
        listed = PriceList.objects.get()
        page = url_of("pricelist", "change", listed.pk).replace("/change/", "/request/publication/")

        assert browse(clerk).post(page, {"reason": "x"}).status_code != 200
        assert not Approval.objects.exists()
        asked = client.post(page, {"reason": "渠道特价"})

        approval = Approval.objects.get()
        assert asked.status_code == 302
        assert approval.form["fixed"] == "1"
        listed.refresh_from_db()
        assert listed.status == PriceListStatus.PENDING

    def test_a_list_that_is_published_is_read_alone(self, browse, boss, distributor, now):
        listed = PriceListFactory(
            tenant=distributor, status=PriceListStatus.PUBLISHED, published_at=now
        )

        browse(boss).post(url_of("pricelist", "change", listed.pk), list_form(distributor))

        listed.refresh_from_db()
        assert (listed.name, listed.prices.count()) == ("渠道价目表", 0)

    def test_a_rival_publishes_none(self, browse, rival_boss, distributor):
        listed = PriceListFactory(tenant=distributor)
        PriceListPrice.objects.create(
            price_list=listed, name="价", rate=Decimal("0.9"), valid_from=listed.valid_from
        )

        browse(rival_boss).post(
            url_of("pricelist", "changelist"),
            {"action": "publish_price_list", "_selected_action": [listed.pk]},
        )

        listed.refresh_from_db()
        assert listed.status == PriceListStatus.DRAFT


class TestTerms:
    def test_the_boss_writes_one_of_his_supplier(self, browse, boss, distributor):
        own, other = SupplierFactory(tenant=boss.tenant), SupplierFactory(tenant=distributor)
        client = browse(boss)

        for pk in ("", other.pk):
            answer = client.post(url_of("supplierterm", "add"), term_form(supplier=pk))
            assert answer.status_code == 200
        answer = client.post(url_of("supplierterm", "add"), term_form(supplier=own.pk))

        assert answer.status_code == 302, answer.context["errors"]
        term = SupplierTerm.objects.get()
        assert (term.tenant, term.supplier, term.rate) == (boss.tenant, own, Decimal("0.08"))

    def test_a_purchase_price_is_approved_not_typed_in(self, browse, boss, distributor):
        approved = SupplierTermFactory(tenant=distributor, kind=TermKind.PURCHASE)
        client = browse(boss)

        client.post(url_of("supplierterm", "add"), term_form(kind="purchase"))
        client.post(url_of("supplierterm", "change", approved.pk), term_form(rate="0.01"))

        term = SupplierTerm.objects.get()
        assert (term.pk, term.rate) == (approved.pk, Decimal("0.08"))
