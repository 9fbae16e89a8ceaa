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
PORTAL = (
    "/",
    "/products",
    "/products/compare",
    "/promotions",
    "/my-prices",
    "/cart",
    "/vouchers",
    "/orders",
    "/resources",
    "/wallet",
    "/bills",
    "/approvals",
    "/messages",
    "/account/contacts",
    "/account/security",
    "/account/notifications",
)
# The first of each: to buy, to look at.
PORTAL_DETAILS = ("/products", "/orders", "/bills", "/approvals")
ADMIN = (
    "/admin/",
    "/admin/customers/customer/",
    "/admin/customers/contact/add/",
    "/admin/orders/order/",
    "/admin/billing/walletbalance/",
    "/admin/products/customerdiscount/add/",
    "/admin/clouds/billimport/add/",
    "/admin/approvals/approval/?box=all",
    "/admin/approvals/approval/waiting/",
    "/admin/approvals/approval/times/",
    "/admin/approvals/flowdefinition/",
    "/admin/approvals/flowdefinition/simulator/?kind=billing.credit_limit",
    "/admin/approvals/delegation/add/",
    "/admin/notifications/message/",
    "/admin/notifications/message/settings/",
    "/admin/notifications/templatetext/",
    "/admin/notifications/templatetext/words/orders.completed/email/zh-hans/",
    "/admin/notifications/templatetext/sms/orders.completed/",
    "/admin/notifications/delivery/",
)
GRAVE = {"serious", "critical"}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def barriers(page: Page) -> list[str]:
    """What keeps people with other eyes or hands from using the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {violation['help']}: {violation['nodes'][0]['html'][:200]}"
        for violation in found
        if violation["impact"] in GRAVE
    ]


def overflow(page: Page) -> list[str]:
    """Whether the page must be pushed sideways."""
    wider = page.evaluate(WIDER)
    return [f"{wider} pixels wider than the screen"] if wider > 0 else []


def blank_cells(page: Page) -> list[str]:
    """Columns of a table that say nothing: what is missing is shown as missing."""
    cells = (
        page.get_by_role("main")
        .locator("td[data-label]")
        .filter(has_not=page.locator("svg, img, button"))
    )
    labels = {cell.get_attribute("data-label") for cell in cells.all() if not cell.inner_text()}
    return [f"nothing in {label}" for label in sorted(filter(None, labels))]


CHECKS = pytest.mark.parametrize(
    ("size", "faults_of"), [(DESKTOP, barriers), (PHONE, overflow)], ids=["desktop", "phone"]
)


@CHECKS
def test_portal(open_window, size, faults_of):
    buyer = open_window(Buyer, viewport=size)
    # With the stream, which stays open, the network would never be idle.
    buyer.context.route("**/api/v1/live/**", lambda route: route.fulfill(status=204))
    page = buyer.page
    page.goto("/login")
    expect(page.get_by_role("heading", name="登录 Kboss")).to_be_visible()
    faults = {"/login": faults_of(page)}
    buyer.sign_in(VETERAN.email)

    for path in PORTAL:
        page.goto(path)
        settle(page)
        faults[path] = faults_of(page) + blank_cells(page)
    for path in PORTAL_DETAILS:
        page.goto(path)
        page.get_by_role("main").locator(f"a[href^='{path}/']").first.click()
        page.wait_for_url(f"**{path}/*")
        settle(page)
        faults[f"{path}/…"] = faults_of(page)

    assert {path: found for path, found in faults.items() if found} == {}


@CHECKS
def test_admin(open_window, size, faults_of):
    clerk = open_window(Clerk, viewport=size)
    clerk.sign_in(BOSS)
    faults = {}

    for path in ADMIN:
        clerk.page.goto(path)
        faults[path] = faults_of(clerk.page)

    assert {path: found for path, found in faults.items() if found} == {}


def settle(page: Page) -> None:
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
