"""A flash sale beside a promotion that excludes it: made, decided, seen with its reason, and over
on the second."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.e2e.buyer import Buyer
from tests.e2e.clerk import Clerk
from tests.e2e.people import BOSS, VETERAN

pytestmark = pytest.mark.e2e

OPERATIONS = "operations@kboss.example"
BEIJING = ZoneInfo("Asia/Shanghai")
SERVER = "2 核 4 GiB · 北京 · 包月"
LASTS = timedelta(seconds=90)  # long enough to be made, decided by two and seen
OTHER, SALE = "会员九五折", "九十秒秒杀"


def fill_moment(clerk: Clerk, name: str, moment: datetime) -> None:
    clerk.page.locator(f"[name={name}_0]").fill(f"{moment:%Y-%m-%d}")
    clerk.page.locator(f"[name={name}_1]").fill(f"{moment:%H:%M:%S}")


def make(clerk: Clerk, name: str, until: datetime, rule: dict[str, str]) -> str:
    """A campaign with one promotion, asked for; the address of the request."""
    page = clerk.page
    page.goto("/admin/products/campaign/add/")
    page.locator("[name=name]").fill(name)
    fill_moment(clerk, "starts_at", datetime.now(BEIJING) - timedelta(minutes=1))
    fill_moment(clerk, "ends_at", until)
    page.get_by_role("button", name="保存", exact=True).click()
    clerk.open(clerk.list("products/campaign", name))
    campaign = page.url
    page.get_by_role("link", name="添加促销规则").click()
    page.locator("[name=name]").fill(name)
    page.locator("[name=kind]").select_option(rule["kind"])
    page.locator("[name=change]").select_option(rule["change"])
    page.locator(f"[name={rule['column']}]").fill(rule["value"])
    if "sku" in rule:
        page.locator("[name=scope]").select_option("sku")
        clerk.choose("sku", rule["sku"])
    page.locator("[name=exclusive_group]").fill("november")
    page.locator("[name=may_break_floor]").check(force=True)
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(campaign)
    page.get_by_role("link", name="申请上线").click()
    page.locator("[name=reason]").fill("年末营销")
    page.locator("#content form button[type=submit]").last.click()
    page.wait_for_url("**/approvals/approval/**")
    return page.url


def agree(boss: Clerk, request: str) -> None:
    """As often as the flow asks him: for finance, and for sales where it goes deep."""
    page = boss.page
    page.goto(request)
    while (
        page.get_by_role("group", name="您的决定")
        .get_by_role("button", name="同意", exact=True)
        .count()
    ):
        boss.decide("同意", "")
        expect(page.get_by_role("dialog")).to_be_hidden()
        page.goto(request)


def test_a_flash_sale_beats_what_it_excludes_and_ends_on_the_second(open_window):
    operations, boss = open_window(Clerk), open_window(Clerk)
    buyer = open_window(Buyer)
    operations.sign_in(OPERATIONS)
    boss.sign_in(BOSS)
    buyer.sign_in(VETERAN.email)
    far = datetime.now(BEIJING) + timedelta(days=1)
    other = {"kind": "platform", "change": "percent", "column": "rate", "value": "0.95"}
    agree(boss, make(operations, OTHER, far, other))
    until = datetime.now(BEIJING) + LASTS
    sale = {
        "kind": "flash_sale",
        "change": "fixed_price",
        "column": "unit_price",
        "value": "59.00",
        "sku": "s1-medium",
    }
    agree(boss, make(operations, SALE, until, sale))
    operations.wait_for_row("products/promotion", SALE)

    buyer.configure("沙箱云服务器", mode="包月", sku=SERVER)
    details = buyer.price_details
    expect(details).to_contain_text(SALE, timeout=30_000)
    expect(details).to_contain_text("¥59.00")
    expect(details).to_contain_text(OTHER)  # rejected, with its reason
    assert datetime.now(BEIJING) < until

    left = (until - datetime.now(BEIJING)).total_seconds()
    buyer.page.wait_for_timeout(max(0, left) * 1000)
    buyer.configure("沙箱云服务器", mode="包月", sku=SERVER)
    expect(details).to_contain_text("¥83.79")  # 98.00 × 0.95 × 0.90
