"""Requests on their way through the hands of people, seen live by those who wait."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.buyer import Buyer
from tests.e2e.clerk import Clerk
from tests.e2e.people import BOSS, FINANCE, MANAGER, TRUSTED, VETERAN
from tests.e2e.test_pages import DESKTOP, PHONE, barriers, overflow

pytestmark = pytest.mark.e2e

SELLER = "sales@kboss.example"
LIVE = 30_000


def ask_for_credit(seller: Clerk, amount: str) -> str:
    """On the page of the wallet; the address of the request."""
    seller.open(seller.list("billing/walletbalance", TRUSTED.name))
    seller.page.get_by_role("link", name="信用额度").last.click()
    seller.page.locator("[name=amount]").fill(amount)
    seller.page.locator("[name=reason]").fill("新项目备货")
    seller.page.locator("#content form button[type=submit]").last.click()
    seller.page.wait_for_url("**/approvals/approval/**")
    return seller.page.url


def wait_for_effect(seller: Clerk, text: str) -> None:
    """What was agreed is carried out by a job, moments later."""
    for _look in range(20):
        row = seller.list("billing/walletbalance", TRUSTED.name)
        if text in row.inner_text():
            return
        seller.page.wait_for_timeout(1000)
    expect(row).to_contain_text(text)


def test_two_approvers_decide_and_the_applicant_watches(open_window):
    seller, finance = open_window(Clerk), open_window(Clerk)
    manager = open_window(Clerk, viewport=PHONE)
    seller.sign_in(SELLER)
    request = ask_for_credit(seller, "3000")
    bar = seller.page.get_by_role("group", name="您的决定")
    expect(bar.get_by_role("button", name="撤回")).to_be_enabled()
    expect(bar.get_by_role("button", name="同意", exact=True)).to_have_count(0)

    # From the to-do list, on a phone.
    manager.sign_in(MANAGER)
    manager.page.goto("/admin/approvals/approval/")
    row = manager.page.locator("#result_list tbody tr", has_text="3,000.00")
    row.get_by_role("link").first.click()
    expect(manager.page.get_by_text("新项目备货")).to_be_visible()
    assert overflow(manager.page) == []
    manager.decide("同意", "回款稳定")
    expect(seller.page.get_by_text("回款稳定")).to_be_visible(timeout=LIVE)

    finance.sign_in(FINANCE)
    finance.page.goto(request)
    assert barriers(finance.page) == []
    finance.decide("同意", "")

    expect(seller.page.locator(".ka-head h1")).to_contain_text("已通过", timeout=LIVE)
    wait_for_effect(seller, "3,000.00")


def test_a_refusal_says_why(open_window):
    seller, manager = open_window(Clerk), open_window(Clerk)
    seller.sign_in(SELLER)
    request = ask_for_credit(seller, "4500")

    manager.sign_in(MANAGER)
    manager.page.goto(request)
    manager.decide("拒绝", "先结清账单")

    expect(seller.page.get_by_text("先结清账单")).to_be_visible(timeout=LIVE)
    expect(seller.page.locator(".ka-head h1")).to_contain_text("已拒绝", timeout=LIVE)


def test_a_customer_follows_his_request(open_window):
    buyer, finance = open_window(Buyer), open_window(Clerk)
    buyer.sign_in(VETERAN.email)
    buyer.page.goto("/approvals")
    buyer.page.get_by_role("link", name=re.compile("120.00")).first.click()
    expect(buyer.page.get_by_text("当前节点：财务复核")).to_be_visible()
    buyer.page.get_by_label("写留言").fill("请尽快开具")
    buyer.page.get_by_role("button", name="发送留言").click()
    expect(buyer.page.get_by_text("请尽快开具").first).to_be_visible()

    finance.sign_in(FINANCE)
    finance.page.goto("/admin/approvals/approval/?q=120.00")
    finance.page.locator("#result_list tbody tr").get_by_role("link").first.click()
    expect(finance.page.get_by_text("请尽快开具")).to_be_visible()
    finance.decide("同意", "已开具")

    expect(buyer.page.get_by_text("已通过").first).to_be_visible(timeout=LIVE)
    expect(buyer.page.get_by_role("button", name="撤回申请")).to_have_count(0)


def test_a_customer_asks_from_his_phone(open_window):
    buyer, seller = open_window(Buyer, viewport=PHONE), open_window(Clerk)
    buyer.sign_in(VETERAN.email)
    page = buyer.page
    page.goto("/approvals")
    page.get_by_role("link", name="发起申请").first.click()
    page.get_by_text("信用额度", exact=True).click()
    page.get_by_label("原因").fill("双十一备货")
    page.get_by_role("button", name="提交申请").click()
    expect(page.locator(".el-form-item.is-error")).to_have_count(1)
    assert overflow(page) == []
    assert barriers(page) == []

    page.get_by_label("新信用额度").fill("6600")
    page.locator("input[type=file]").set_input_files(
        {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF"}
    )
    page.get_by_role("button", name="提交申请").click()
    page.wait_for_url(re.compile(r"/approvals/\d+$"))
    expect(page.get_by_text("双十一备货")).to_be_visible()

    seller.sign_in(MANAGER)
    seller.page.goto("/admin/approvals/approval/?q=6,600.00")
    expect(seller.page.locator("#result_list tbody tr").first).to_contain_text("6,600.00")


@pytest.mark.parametrize(
    ("size", "faults_of"), [(DESKTOP, barriers), (PHONE, overflow)], ids=["desktop", "phone"]
)
def test_the_editor_draws_what_is_typed(open_window, size, faults_of):
    boss = open_window(Clerk, viewport=size)
    boss.sign_in(BOSS)
    page = boss.page
    page.goto("/admin/approvals/flowdefinition/?q=credit_limit")
    page.locator("#result_list tbody tr").get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("新建版本|继续编辑草稿")).click()
    page.get_by_role("button", name="添加节点").click()
    node = page.locator("[data-node]").last
    node.get_by_label("节点名称").fill("终审")
    node.locator("select[name$=-by]").select_option(label="申请人上级")
    expect(page.locator("[data-drawing]").get_by_text("终审")).to_be_visible()
    assert faults_of(page) == []

    page.get_by_role("button", name="保存草稿").click()

    expect(page.get_by_text("草稿已保存")).to_be_visible()
