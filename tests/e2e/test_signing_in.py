"""The door that customers and staff share."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.buyer import Buyer
from tests.e2e.clerk import Clerk
from tests.e2e.people import EASTERN, EASTERN_SELLER, GUESSED, MODEST, VETERAN

pytestmark = pytest.mark.e2e

TRIES = 7
HAN = re.compile("[\u4e00-\u9fff]")


def test_guessing_locks_the_account_and_says_so(open_window):
    window = open_window(Buyer)
    window.page.goto("/login")
    alert = window.page.get_by_role("alert")

    for number in range(TRIES):
        with window.page.expect_response("**/auth/login") as answer:
            window.type_login(GUESSED.email, f"wrong-password-{number}")
        assert answer.value.status == 400
        expect(alert.filter(has_text="密码不正确")).to_be_visible()
    window.type_login(GUESSED.email)

    expect(alert.filter(has_text="请 30 分钟后再试")).to_be_visible()
    expect(window.page).to_have_url(re.compile("/login"))


def test_a_lost_session_comes_back_to_the_same_page(open_window):
    buyer = open_window(Buyer)
    buyer.sign_in(VETERAN.email)
    buyer.go("/wallet", "账户余额")

    # Live push notices the loss as well, so a click would race its redirect.
    buyer.context.clear_cookies(name="sessionid")
    buyer.page.goto("/bills")
    expect(buyer.page).to_have_url(re.compile(r"/login\?next=/bills"))
    buyer.type_login(VETERAN.email)

    expect(buyer.page).to_have_url(re.compile("/bills$"))
    expect(buyer.page.get_by_role("heading", name="账单", level=1)).to_be_visible()


def test_staff_come_back_to_the_page_of_the_admin(open_window):
    clerk = open_window(Clerk)
    clerk.page.goto("/admin/customers/customer/")
    expect(clerk.page).to_have_url(re.compile(r"/login\?next="))

    clerk.type_login(EASTERN_SELLER)

    clerk.page.wait_for_url("**/admin/customers/customer/")


def test_a_distributor_sees_his_own_customers_only(open_window):
    clerk = open_window(Clerk)
    clerk.sign_in(EASTERN_SELLER)

    rows = clerk.list("customers/customer", "")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(EASTERN.name)
    expect(clerk.list("customers/customer", VETERAN.name)).to_have_count(0)
    expect(clerk.list("billing/walletbalance", "")).to_have_count(0)


def test_without_money_paying_leads_to_the_recharge_and_back(open_window):
    buyer = open_window(Buyer)
    page = buyer.page
    buyer.sign_in(MODEST.email)
    buyer.configure("沙箱云服务器", mode="包月", sku="2 核 4 GiB · 北京 · 包月")
    page.get_by_role("button", name="立即购买").click()
    expect(page.get_by_text("余额不足，还差")).to_contain_text("¥48.00")
    page.get_by_role("button", name="提交订单，稍后支付").click()
    expect(page.get_by_role("button", name="立即支付")).to_be_disabled()

    page.get_by_role("link", name="去充值").click()
    expect(page.get_by_label("自定义金额")).to_have_value("48.00")
    buyer.recharge("48.00")
    page.get_by_role("link", name="继续支付订单").click()
    page.get_by_role("button", name="立即支付").click()

    expect(page.get_by_text("资源已就绪").locator("xpath=..").locator("time")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("¥0.00")).to_be_visible()


def test_english_leaves_no_chinese_in_the_shell(open_window):
    buyer = open_window(Buyer)
    page = buyer.page
    buyer.sign_in(EASTERN.email)  # the choice is kept with the person

    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("navigation").get_by_role("link", name="Orders")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Hello, ")).to_be_visible()
    shell = page.get_by_role("banner").inner_text() + page.get_by_role("navigation").inner_text()
    own = set("东篱管理员简体中文")  # the person's name, and the way back
    assert set(HAN.findall(shell)) <= own
    expect(page).to_have_title(re.compile("^[ -~·]+$"))
