"""A flash sale that excludes an agreement, and a price that changes before the payment."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.buyer import Buyer
from tests.e2e.clerk import Clerk
from tests.e2e.people import FINANCE, MANAGER, OPERATIONS, PATIENT

pytestmark = pytest.mark.e2e

BEIJING = ZoneInfo("Asia/Shanghai")
PRODUCT, SERVER = "沙箱云服务器", "4 核 8 GiB · 北京 · 包月"
LIST, ON_SALE = "¥196.00", "¥166.60"
AGREEMENT, SALE = "候鸟框架协议", "候鸟秒杀"
ADDRESS, BANDWIDTH = "沙箱弹性公网 IP", "5 Mbps · 包月"
SPARE = timedelta(seconds=6)


def test_a_sale_excludes_the_agreement(open_window):
    """PRC-1, PRC-4: made by operations, decided by others; seen with its reason and bought."""
    operations, finance, manager = (open_window(Clerk) for _person in range(3))
    buyer = open_window(Buyer)
    operations.sign_in(OPERATIONS)
    manager.sign_in(MANAGER)
    finance.sign_in(FINANCE)
    buyer.sign_in(PATIENT.email)

    begun = datetime.now(BEIJING)
    request = write_agreement(operations)
    manager.agree(request)
    finance.agree(request)
    operations.wait_for_row("products/priceagreement", AGREEMENT, "生效中")
    took = datetime.now(BEIJING) - begun
    # A sale is as much work as the agreement was: a slow machine gets the time that it needs.
    until = (datetime.now(BEIJING) + took * 1.2 + SPARE).replace(microsecond=0)
    finance.agree(make_sale(operations, until))
    operations.wait_for_row("products/promotion", SALE, "生效中")

    open_offer(buyer.page)
    see_price(buyer.page, ON_SALE, by=SALE, instead_of=AGREEMENT)
    buyer.page.get_by_role("button", name="立即购买").click()
    expect(buyer.page.get_by_role("heading", name="确认订单")).to_be_visible()
    pay(buyer.page)


def write_agreement(clerk: Clerk) -> str:
    """Ten percent off one product for the customer, never together with another of the group."""
    page = clerk.page
    page.goto("/admin/products/priceagreement/add/")
    clerk.choose("customer", PATIENT.name)
    today = datetime.now(BEIJING).date()
    page.locator("[name=name]").fill(AGREEMENT)
    page.locator("[name=starts_on]").fill(f"{today}")
    page.locator("[name=ends_on]").fill(f"{today + timedelta(days=365)}")
    page.locator("[name=upload]").set_input_files(
        {"name": "框架协议.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}
    )
    page.get_by_role("link", name="协议价格").click()
    page.locator("#prices-group a.add-row").click()
    page.locator("[name=prices-0-name]").fill(AGREEMENT)
    page.locator("[name=prices-0-change]").select_option("percent")
    page.locator("[name=prices-0-rate]").fill("0.90")
    page.locator("[name=prices-0-scope]").select_option("product")
    clerk.choose("prices-0-product", PRODUCT)
    page.locator("[name=prices-0-exclusive_group]").fill("houniao")
    clerk.save()
    clerk.open(clerk.list("products/priceagreement", AGREEMENT))
    return clerk.ask("提交审批", "全年框架")


def make_sale(clerk: Clerk, until: datetime) -> str:
    """Fifteen percent off one SKU for the customer, from a minute ago to the second."""
    page = clerk.page
    page.goto("/admin/products/campaign/add/")
    page.locator("[name=name]").fill(SALE)
    for name, moment in (("starts_at", until - timedelta(hours=1)), ("ends_at", until)):
        page.locator(f"[name={name}_0]").fill(f"{moment:%Y-%m-%d}")
        page.locator(f"[name={name}_1]").fill(f"{moment:%H:%M:%S}")
    clerk.save()
    clerk.open(clerk.list("products/campaign", SALE))
    page.get_by_role("link", name="添加促销规则").click()
    page.locator("[name=name]").fill(SALE)
    page.locator("[name=kind]").select_option("flash_sale")
    page.locator("[name=change]").select_option("percent")
    page.locator("[name=rate]").fill("0.85")
    page.locator("[name=scope]").select_option("sku")
    clerk.choose("sku", SERVER)
    clerk.choose("customers", PATIENT.name)
    page.locator("[name=exclusive_group]").fill("houniao")
    page.locator("[name=cap_total]").fill("5")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url("**/products/campaign/*/change/")
    return clerk.ask("申请上线", "整点秒杀")


def open_offer(page: Page) -> None:
    """From the page of promotions, where it counts down, to the product with the SKU chosen."""
    page.goto("/promotions")
    card = page.get_by_role("article").filter(has_text=SALE)
    expect(card).to_contain_text("限时秒杀")
    expect(card.get_by_role("timer")).to_contain_text("00:00:")
    card.get_by_role("link", name="去抢购").click()
    expect(page.get_by_role("radio", name=SERVER)).to_be_checked()
    expect(page.get_by_role("timer")).to_contain_text("00:00:")


def see_price(page: Page, price: str, *, by: str, instead_of: str) -> None:
    """What is paid and why, and why the other rule does not count."""
    details = page.get_by_role("group", name="价格明细")
    expect(details).to_contain_text(f"目录价{LIST}")
    expect(details).to_contain_text(by)
    expect(details).to_contain_text(f"应付{price}")
    details.get_by_text("1 项优惠未生效").click()
    missed = details.get_by_role("listitem").filter(has_text=instead_of)
    expect(missed).to_contain_text(f"不能与“{by}”同时使用")


def pay(page: Page) -> None:
    """The quote is a promise, whatever the clock says meanwhile."""
    see_price(page, ON_SALE, by=SALE, instead_of=AGREEMENT)
    page.get_by_role("button", name="提交订单并支付").click()
    expect(page.get_by_role("heading", name="订单 ORD")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=SERVER)).to_contain_text(ON_SALE)


def test_a_price_that_changed_meanwhile_is_shown_and_confirmed(open_window):
    """CAT-4: what is charged was seen."""
    buyer, operations = open_window(Buyer), open_window(Clerk)
    buyer.sign_in(PATIENT.email)
    operations.sign_in(OPERATIONS)
    page = buyer.page
    buyer.configure(ADDRESS, mode="包月", sku=BANDWIDTH)
    page.get_by_role("button", name="立即购买").click()
    expect(page.get_by_role("heading", name="确认订单")).to_be_visible()
    expect(buyer.price_details).to_contain_text("应付¥115.00")

    set_price(operations, "125.00")
    page.get_by_role("button", name="提交订单并支付").click()
    expect(page.get_by_role("alert")).to_contain_text(BANDWIDTH)
    page.get_by_role("button", name="重新获取价格").click()
    changed = page.get_by_role("status", name="价格有变化，请确认")
    expect(changed).to_contain_text("¥115.00 → ¥125.00")
    expect(buyer.price_details).to_contain_text("应付¥125.00")
    page.get_by_role("button", name="提交订单并支付").click()

    expect(page.get_by_role("heading", name="订单 ORD")).to_be_visible()
    expect(buyer.row(BANDWIDTH)).to_contain_text("¥125.00")
    buyer.go("/wallet", "账户余额")
    expect(buyer.rows_of("收支流水").first).to_contain_text("-¥125.00")


def set_price(clerk: Clerk, price: str) -> None:
    """From now on."""
    clerk.page.goto("/admin/products/price/add/")
    clerk.choose("sku", BANDWIDTH)
    clerk.page.locator("[name=unit_price]").fill(price)
    clerk.save()
