"""The whole sale, from a stranger's sign-up to the bill for what he used, and as staff see it."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.e2e.buyer import Buyer
from tests.e2e.clerk import Clerk
from tests.e2e.cloud import SandboxCloud, VendorFile, fen, yuan
from tests.e2e.people import BOSS, FINANCE, MANAGER, Company

pytestmark = pytest.mark.e2e

SERVER = "2 核 4 GiB · 北京 · 包月"
LIST_PRICE, PRICE, SAVED = "¥98.00", "¥83.30", "¥14.70"
DISCOUNT = Decimal("0.85")
AFTER_BUYING = Decimal("416.70")
USED = timedelta(hours=6)


@pytest.mark.parametrize(
    ("width", "company", "uscc"),
    [
        pytest.param(
            1440,
            Company("晨星软件有限公司", "it@chenxing.example", "+8613911110001"),
            "91350100M000100Y43",
            id="desktop",
        ),
        pytest.param(
            390,
            Company("落霞传媒有限公司", "it@luoxia.example", "+8613911110002"),
            "91000000E2E00000ME",
            id="phone",
        ),
    ],
)
def test_a_stranger_becomes_a_customer_who_pays_for_what_he_used(
    open_window, cloud, width, company, uscc
):
    buyer = open_window(Buyer, viewport={"width": width, "height": 900})
    clerk = open_window(Clerk)

    buyer.sign_up(company)
    expect(buyer.page.get_by_text("已完成 0 / 4")).to_be_visible()
    buyer.apply_for_verification(uscc)
    welcome(clerk, company)
    agree_on_discount(clerk, [open_window(Clerk), open_window(Clerk)], company)
    secret = buyer.set_up_mfa()
    buyer.sign_out()
    buyer.sign_in_with_mfa(company.email, secret)
    expect(buyer.page.get_by_text("已完成 2 / 4")).to_be_visible()
    buyer.page.get_by_role("link", name="去充值").click()
    buyer.recharge("500.00")

    cloud.advance(timedelta(hours=1))  # usage is priced by the hour in which it began
    order = buy_server(buyer)
    instance = look_at_server(buyer)
    bill = bill_usage(clerk, cloud)
    used = fen(bill.list_cost(instance) * DISCOUNT)
    assert used > 0

    see_bill(buyer, list_total=fen(bill.list_cost(instance)), total=used)
    see_flow(buyer, order=order, used=used)
    see_all_of_it(clerk, company, order=order, used=used)


def welcome(clerk: Clerk, company: Company) -> None:
    """Staff find the papers in order."""
    clerk.sign_in(BOSS)
    row = clerk.list("customers/customer", company.name)
    expect(row).to_contain_text("审核中")
    clerk.act(row, "通过实名认证")
    expect(row).to_contain_text("已认证")


def agree_on_discount(clerk: Clerk, approvers: Sequence[Clerk], company: Company) -> None:
    """Asked for by one, decided by others, carried out by a job."""
    page = clerk.page
    page.goto("/admin/products/customerdiscount/request/customer-pricing/")
    clerk.choose("customer", company.name)
    page.locator("[name=name]").fill("开业折扣")
    page.locator("[name=percent]").fill("85")
    page.locator("[name=scope]").select_option("all")
    page.locator("[name=valid_from]").fill("2026-01-01")
    page.locator("[name=reason]").fill("新客户首年")
    page.locator("#content form button[type=submit]").last.click()
    page.wait_for_url("**/approvals/approval/**")
    for email, approver in zip((MANAGER, FINANCE), approvers, strict=True):
        approver.sign_in(email)
        approver.page.goto(page.url)
        approver.decide("同意", "")
    expect(page.locator(".ka-head h1")).to_contain_text("已通过", timeout=30_000)
    clerk.wait_for_row("products/customerdiscount", company.name)


def buy_server(buyer: Buyer) -> str:
    """Catalogue, live price, order, payment; and the page moves by itself until it is done."""
    page = buyer.page
    buyer.configure("沙箱云服务器", mode="包月", sku=SERVER)
    buyer.see_price(list_price=LIST_PRICE, discount="开业折扣", saved=SAVED, price=PRICE)
    page.get_by_role("button", name="立即购买").click()
    expect(page.get_by_role("heading", name="确认订单")).to_be_visible()
    buyer.see_price(list_price=LIST_PRICE, discount="开业折扣", saved=SAVED, price=PRICE)
    expect(page.get_by_text("支付后余额").locator("xpath=..")).to_contain_text(yuan(AFTER_BUYING))
    page.get_by_role("button", name="提交订单并支付").click()

    expect(page.get_by_text(re.compile("正在开通，通常需要约 [0-9]+ 秒。"))).to_be_visible()
    number = page.get_by_role("heading", name="订单 ORD").inner_text().split()[-1]
    expect(page.get_by_text("资源已就绪").locator("xpath=..").locator("time")).to_be_visible()
    expect(page.get_by_role("main").get_by_text("已完成", exact=True).first).to_be_visible()
    expect(buyer.row(SERVER)).to_contain_text(PRICE)
    return number


def look_at_server(buyer: Buyer) -> str:
    """The list of resources has it; the vendor's id."""
    buyer.go("/resources", "云资源")
    row = buyer.row(SERVER)
    expect(row).to_contain_text("运行中")
    expect(row).to_contain_text("沙箱云")
    return row.locator(".mono").inner_text()


def bill_usage(clerk: Clerk, cloud: SandboxCloud) -> VendorFile:
    """Hours pass; staff upload the file that the cloud sends for the month."""
    begun = cloud.advance(timedelta())
    cloud.advance(USED)
    month = date(begun.year, begun.month, 1)
    bill = cloud.bill(month)
    clerk.upload_bill(bill.content, month=month)
    return bill


def see_bill(buyer: Buyer, *, list_total: Decimal, total: Decimal) -> None:
    page = buyer.page
    buyer.go("/bills", "账单")
    row = buyer.rows_of("账单").first
    expect(row).to_contain_text(yuan(list_total))
    expect(row).to_contain_text(yuan(total))
    row.get_by_role("link").click()
    expect(page.get_by_text("应付金额").locator("xpath=..")).to_contain_text(yuan(total))
    expect(page.get_by_role("main")).to_contain_text(f"已优惠{yuan(list_total - total)}")
    expect(buyer.row("弹性公网 IP")).to_contain_text("cn-beijing")


def see_flow(buyer: Buyer, *, order: str, used: Decimal) -> None:
    buyer.go("/wallet", "账户余额")
    left = yuan(AFTER_BUYING - used)
    expect(buyer.page.get_by_role("region", name="账户余额")).to_contain_text(f"现金 为什么{left}")
    rows = buyer.rows_of("收支流水")
    expect(rows).to_have_count(3)
    for row, texts in (
        (rows.nth(0), ("用量账单", yuan(-used), left)),
        (rows.nth(1), ("消费", order, f"-{PRICE}", yuan(AFTER_BUYING))),
        (rows.nth(2), ("充值", "+¥500.00", "¥500.00")),
    ):
        for text in texts:
            expect(row).to_contain_text(text)


def see_all_of_it(clerk: Clerk, company: Company, *, order: str, used: Decimal) -> None:
    left = yuan(AFTER_BUYING - used)
    row = clerk.list("orders/order", order)
    expect(row).to_contain_text(company.name)
    expect(row).to_contain_text("已完成")
    expect(row).to_contain_text(PRICE)
    clerk.open(row)
    for moment in ("已下单", "开通中", "已完成"):
        expect(clerk.page.locator(".kb-timeline")).to_contain_text(moment)

    row = clerk.list("billing/bill", company.name)
    expect(row).to_contain_text(yuan(used))

    row = clerk.list("billing/walletbalance", company.name)
    expect(row).to_contain_text(left)
    clerk.open(row)
    flow = clerk.page.get_by_role("row")
    expect(flow.filter(has_text=order)).to_contain_text(f"-{PRICE}")
    expect(flow.filter(has_text="用量")).to_contain_text(left)
    flow.filter(has_text=order).get_by_role("link").first.click()
    clerk.page.wait_for_url("**/billing/entry/*/change/")
    sides = clerk.page.get_by_role("row").filter(has_text=PRICE)
    expect(sides.first).to_be_visible()
