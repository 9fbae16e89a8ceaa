"""The buttons on the pages that requests are about."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.approvals import services
from apps.approvals.models import Approval
from apps.billing.models import Entry
from apps.billing.selectors import wallet_of
from apps.products.models import Product
from tests.factories.billing import WalletBalanceFactory, fund, spend
from tests.factories.bills import BillPeriodFactory
from tests.factories.clouds import ResourceFactory
from tests.factories.products import ProductFactory, SkuFactory
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("sales-manager", "finance", "operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def wallet(customer):
    return WalletBalanceFactory(customer=customer)


def page(name, *args):
    return reverse(f"admin:{name}", args=args)


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_credit_limit_is_asked_for_on_the_wallets_page(browse, boss, wallet):
    client = browse(boss)
    url = page("billing_walletbalance_request", wallet.pk, "credit-limit")
    assert url in text_of(client.get(page("billing_walletbalance_change", wallet.pk)))
    assert client.get(url).status_code == 200

    answer = client.post(url, {"amount": "500.00", "reason": "双十一"})

    approval = Approval.objects.get()
    assert answer.headers["Location"] == page("approvals_approval_change", approval.pk)
    assert approval.form == {"amount": "500.00", "amount_before": "0.00", "reason": "双十一"}
    wallet.refresh_from_db()
    assert wallet.credit_limit == 0


def test_a_customer_who_never_recharged_is_given_credit(browse, boss, customer, approvers):
    """He has no wallet: the button stands on his own page."""
    client = browse(boss)
    url = page("customers_customer_request", customer.pk, "credit-limit")
    assert url in text_of(client.get(page("customers_customer_change", customer.pk)))
    assert client.get(url).status_code == 200

    client.post(url, {"amount": "500.00", "reason": "新客户"})

    approval = Approval.objects.get()
    assert approval.customer_id == customer.pk
    for code in ("sales-manager", "finance"):
        services.approve(approval=approval, actor=approvers[code], now=timezone.now())
    services.run_effect(approval_id=approval.pk, now=timezone.now())
    assert wallet_of(customer).credit_limit == Decimal("500.00")


def test_the_button_on_his_page_is_grey_as_well(browse, boss, wallet):
    client = browse(boss)
    client.post(
        page("billing_walletbalance_request", wallet.pk, "credit-limit"),
        {"amount": "500.00", "reason": "双十一"},
    )
    url = page("customers_customer_request", wallet.customer_id, "credit-limit")

    client.post(url, {"amount": "600.00", "reason": "再来"})

    shown = text_of(client.get(page("customers_customer_change", wallet.customer_id)))
    assert url not in shown
    assert Approval.objects.count() == 1


@pytest.mark.parametrize("who", ["stranger", "rival_boss", "clerk"])
def test_nobody_asks_for_another_ones_customer(browse, request, customer, who):
    client = browse(request.getfixturevalue(who))
    url = page("customers_customer_request", customer.pk, "credit-limit")

    codes = {client.get(url).status_code, client.post(url, {"amount": "5.00"}).status_code}

    assert codes <= {403, 404}
    assert not Approval.objects.exists()


def test_a_button_is_grey_while_a_request_is_in_progress(browse, boss, wallet):
    client = browse(boss)
    url = page("billing_walletbalance_request", wallet.pk, "credit-limit")
    client.post(url, {"amount": "500.00", "reason": "双十一"})

    shown = text_of(client.get(page("billing_walletbalance_change", wallet.pk)))
    client.post(url, {"amount": "600.00", "reason": "再来"})

    assert url not in shown
    assert Approval.objects.get().number in shown
    assert Approval.objects.count() == 1


def test_a_refusal_stands_above_the_form(browse, boss, wallet):
    url = page("billing_walletbalance_request", wallet.pk, "credit-limit")

    answer = browse(boss).post(url, {"amount": "0.00", "reason": "x"})

    assert answer.status_code == 200
    assert "¥0.00" in text_of(answer)
    assert not Approval.objects.exists()


def test_every_field_is_checked(browse, boss, wallet):
    url = page("billing_walletbalance_request", wallet.pk, "transfer-in")

    answer = browse(boss).post(url, {"amount": "1e3", "reason": ""})

    assert answer.status_code == 200
    assert not Approval.objects.exists()


@pytest.mark.parametrize("who", ["stranger", "rival_boss"])
@pytest.mark.parametrize("which", ["credit-limit", "transfer-in", "withdrawal", "invoice"])
def test_others_get_nowhere(browse, request, wallet, who, which):
    client = browse(request.getfixturevalue(who))
    url = page("billing_walletbalance_request", wallet.pk, which)

    codes = {client.get(url).status_code, client.post(url, {"amount": "5.00"}).status_code}

    assert codes <= {403, 404}
    assert not Approval.objects.exists()


def test_a_portal_user_is_sent_to_the_portal(browse, member, wallet):
    url = page("billing_walletbalance_request", wallet.pk, "credit-limit")

    assert browse(member).post(url, {"amount": "5.00", "reason": "x"}).status_code == 302
    assert not Approval.objects.exists()


def test_a_correction_is_asked_for_on_the_entrys_page(browse, boss, customer):
    fund(customer, "100.00")
    spend(customer, "40.00")
    entry = Entry.objects.get(kind="purchase")
    url = page("billing_entry_request", entry.pk, "adjustment")

    browse(boss).post(url, {"amount": "40.00", "reason": "重复扣费"})

    assert Approval.objects.get().subject == ("billing.Entry", entry.pk)


def test_a_discount_is_asked_for_above_the_list(browse, boss, customer, platform):
    product = ProductFactory(tenant=platform)
    client = browse(boss)
    url = page("products_customerdiscount_request_new", "special-discount")
    assert url in text_of(client.get(page("products_customerdiscount_changelist")))
    assert client.get(page("products_customerdiscount_add")).status_code == 403

    client.post(
        url,
        {
            "customer": customer.pk,
            "name": "双十一",
            "percent": "80",
            "scope": "product",
            "product": product.pk,
            "valid_from": "2026-11-22",
            "valid_until": "2099-12-31",
            "reason": "抢客户",
        },
    )

    form = Approval.objects.get().form
    assert (form["percent"], form["target_id"]) == ("80", str(product.pk))


def test_another_tenants_customer_cannot_be_chosen(browse, rival_boss, customer):
    url = page("products_customerdiscount_request_new", "special-discount")

    answer = browse(rival_boss).post(url, {"customer": customer.pk, "name": "x", "percent": "80"})

    assert customer.name not in text_of(answer)
    assert not Approval.objects.exists()


def test_a_review_is_asked_for_on_the_products_page(browse, boss, platform):
    sku = SkuFactory(product=ProductFactory(tenant=platform, draft=True), price="10.00")
    url = page("products_product_request", sku.product.pk, "listing")

    browse(boss).post(url, {"reason": "新品"})

    assert Approval.objects.get().subject == ("products.Product", sku.product.pk)


def test_an_edit_of_the_product_voids_its_review(browse, boss, platform):
    sku = SkuFactory(product=ProductFactory(tenant=platform, draft=True), price="10.00")
    product = sku.product
    client = browse(boss)
    client.post(page("products_product_request", product.pk, "listing"), {"reason": "新品"})
    names = ("name", "code", "vendor_id", "category_id", "tax_rate", "position", "tenant_id")
    fields = {name.removesuffix("_id"): getattr(product, name) for name in names}
    fields["visibility"] = product.visibility
    parts = ("skus", "add_ons", "invitations")
    rows = {f"{part}-{of}_FORMS": 0 for part in parts for of in ("TOTAL", "INITIAL")}

    client.post(page("products_product_change", product.pk), {**fields, **rows, "summary": "新"})

    assert Product.objects.get(pk=product.pk).summary == "新"
    assert Approval.objects.get().status == "voided"


def test_a_release_is_asked_for_on_the_resources_page(browse, boss, customer):
    resource = ResourceFactory(customer=customer, running=True)
    url = page("clouds_resource_request", resource.pk, "release")

    browse(boss).post(url, {"reason": "不再使用"})

    assert Approval.objects.get().subject == ("clouds.Resource", resource.pk)


def test_a_settlement_is_asked_for_on_the_page_of_a_months_bill(browse, boss, platform):
    period = BillPeriodFactory(tenant=platform, billed_total=Decimal("900.00"), currency="CNY")
    url = page("clouds_billperiod_request", period.pk, "settlement")

    browse(boss).post(url, {"amount": "880.00", "reason": "十月"})

    form = Approval.objects.get().form
    assert (form["amount"], form["billed"]) == ("880.00", "900.00")
