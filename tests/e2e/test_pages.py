"""Every page that people live in: readable for everybody, whole on a phone, quiet."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.buyer import Buyer
from tests.e2e.clerk import Clerk
from tests.e2e.people import BOSS, VETERAN

pytestmark = pytest.mark.e2e

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}
PORTAL = ("/", "/products", "/orders", "/resources", "/wallet", "/bills", "/account/security")
ADMIN = (
    "/admin/",
    "/admin/customers/customer/",
    "/admin/orders/order/",
    "/admin/billing/walletbalance/",
    "/admin/products/customerdiscount/add/",
    "/admin/clouds/billimport/add/",
)
GRAVE = {"serious", "critical"}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_portal(open_window, size):
    buyer = open_window(Buyer, viewport=size)
    buyer.page.goto("/login")
    expect(buyer.page.get_by_role("heading", name="登录 Kboss")).to_be_visible()
    faults = faults_of(buyer.page)
    buyer.sign_in(VETERAN.email)

    for path in PORTAL:
        buyer.page.goto(path)
        faults += faults_of(buyer.page)
    for path in ("/products", "/orders", "/bills"):  # a product to buy, an order, a bill
        buyer.page.goto(path)
        buyer.page.get_by_role("main").locator(f"a[href^='{path}/']").first.click()
        buyer.page.wait_for_url(f"**{path}/*")
        faults += faults_of(buyer.page)

    assert faults == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_admin(open_window, size):
    clerk = open_window(Clerk, viewport=size)
    clerk.sign_in(BOSS)
    faults = []

    for path in ADMIN:
        clerk.page.goto(path)
        faults += faults_of(clerk.page)

    assert faults == []


def faults_of(page: Page) -> list[str]:
    """What keeps people from using the page, once it has settled."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    path = page.url.split("/", 3)[3]
    wider = page.evaluate(WIDER)
    faults = [f"/{path}: {wider} pixels wider than the screen"] if wider > 0 else []
    for violation in Axe().run(page).response["violations"]:
        if violation["impact"] in GRAVE:
            nodes = [node["html"][:160] for node in violation["nodes"][:3]]
            faults.append(f"/{path}: {violation['id']}: {violation['help']}: {nodes}")
    return faults
