"""An approval with one approver at DingTalk and one on the web: the outcome is one."""

import pytest
from playwright.sync_api import Page, expect

from kboss.embedded import SIMULATOR_PORTS
from scripts.running import Running
from tests.e2e.clerk import Clerk
from tests.e2e.people import FINANCE, VETERAN
from tests.e2e.windows import Window

pytestmark = pytest.mark.e2e

SELLER = "sales@kboss.example"


def dingtalk_of(site: Running) -> str:
    base, _, port = site.url.rpartition(":")
    return f"{base}:{int(port) + SIMULATOR_PORTS['dingtalk']}"


def open_approval_at_dingtalk(page: Page, site: Running, userid: str, title: str):
    """His open request on the page of the sandbox, which looks again every five seconds."""
    page.goto(f"{dingtalk_of(site)}/?as={userid}")
    card = page.locator("article.running", has_text=title)
    expect(card).to_be_visible(timeout=30_000)
    return card


def test_one_agrees_at_dingtalk_and_one_on_the_web(open_window, site):
    seller, finance = open_window(Clerk), open_window(Clerk)
    phone: Window = open_window(Window, viewport={"width": 390, "height": 844})
    seller.sign_in(SELLER)
    seller.open(seller.list("billing/walletbalance", VETERAN.name))
    wallet = seller.page.url
    seller.page.goto(wallet.replace("/change/", "/request/credit-limit/"))
    seller.page.locator("[name=amount]").fill("8000")
    seller.page.locator("[name=reason]").fill("双十一备货")
    seller.page.locator(
        "main form button[type=submit], #content form button[type=submit]"
    ).last.click()
    seller.page.wait_for_url("**/approvals/approval/**")
    request = seller.page.url

    card = open_approval_at_dingtalk(phone.page, site, "sales-manager", "8,000.00")
    card.get_by_label("审批意见").fill("同意提升")
    card.get_by_role("button", name="同意").click()
    waiting = open_approval_at_dingtalk(phone.page, site, "finance", "8,000.00")

    finance.sign_in(FINANCE)
    finance.page.goto(request)
    expect(finance.page.get_by_text("同意提升")).to_be_visible()
    finance.page.locator("[data-opens=ka-approve]").click()
    finance.page.locator("dialog[open] form button:not([data-closes])").click()

    expect(seller.page.get_by_text("已通过").first).to_be_visible(timeout=30_000)
    expect(waiting).to_be_hidden(timeout=30_000)
    seller.page.goto(wallet)
    expect(seller.page.get_by_text("8,000.00").first).to_be_visible()
