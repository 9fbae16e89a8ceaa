"""What happens is seen where one looks, without reloading: order, bell, and the admin beside it."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.buyer import Buyer
from tests.e2e.caller import Customer
from tests.e2e.clerk import Clerk
from tests.e2e.people import BOSS, VETERAN

pytestmark = pytest.mark.e2e

SELLER = "sales@kboss.example"  # whose customer the veteran is
MARK = "window.kbossMark = 'the same page'"


def test_an_order_moves_in_every_window_that_shows_it(open_window, site):
    customer = Customer(site)
    order = customer.order("s1-medium")
    desktop, phone = open_window(Buyer), open_window(Buyer, viewport={"width": 390, "height": 844})
    seller, boss = open_window(Clerk), open_window(Clerk)
    for window in (desktop, phone):
        window.sign_in(VETERAN.email)
        window.go(f"/orders/{order['id']}", f"订单 {order['number']}")
        expect(window.page.get_by_text("待支付").first).to_be_visible()
    for window, person in ((seller, SELLER), (boss, BOSS)):
        window.sign_in(person)
        window.page.goto(f"/admin/orders/order/{order['id']}/change/")
        expect(state_of(window.page)).to_have_text("待付款")
    everybody = [desktop.page, phone.page, seller.page]
    for page in everybody:
        page.evaluate(MARK)
    # An order that awaits its payment is asked for by nobody: what moves now was pushed.
    asked = looks_at(desktop.page, f"/api/v1/orders/{order['id']}/")
    desktop.page.wait_for_timeout(4000)
    assert asked == []
    before = unread(desktop.page)

    customer.pay(order)

    for window in (desktop, phone):
        done = window.page.get_by_text("资源已就绪").locator("xpath=..").locator("time")
        expect(done).to_be_visible()
    expect(state_of(seller.page)).to_have_text("已完成")
    for page in everybody:
        assert page.evaluate("window.kbossMark") == "the same page"
    expect(bell(desktop.page, before + 1)).to_be_visible()
    expect(bell(phone.page, before + 1)).to_be_visible()
    read_news(desktop.page, order["number"])
    expect(bell(phone.page, before)).to_be_visible()


def test_without_the_stream_the_page_looks_by_itself(open_window, site):
    customer = Customer(site)
    order = customer.order("s1-medium")
    buyer, boss = open_window(Buyer), open_window(Clerk)
    buyer.context.route("**/api/v1/live/**", lambda route: route.fulfill(status=204))
    buyer.sign_in(VETERAN.email)
    customer.pay(order)
    buyer.go(f"/orders/{order['id']}", f"订单 {order['number']}")
    boss.sign_in(BOSS)  # whose customer it is not: his page looks as long as the order moves
    boss.page.goto(f"/admin/orders/order/{order['id']}/change/")

    done = buyer.page.get_by_text("资源已就绪").locator("xpath=..").locator("time")
    expect(done).to_be_visible()
    expect(state_of(boss.page)).to_have_text("已完成")


def state_of(page: Page):
    return page.locator(".kb-header .kb-state")


def looks_at(page: Page, path: str) -> list[str]:
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url) if path in request.url else None)
    return seen


def bell(page: Page, count: int):
    name = f"消息，{count} 条未读" if count else "消息"
    return page.get_by_role("button", name=name, exact=True)


def unread(page: Page) -> int:
    return int(
        page.evaluate("fetch('/api/v1/me/messages/unread/').then((a) => a.json())")["unread"]
    )


def read_news(page: Page, number: str) -> None:
    """From the bell to the newest message and where it leads."""
    page.locator("button.bell").click()
    news = page.get_by_role("tooltip").or_(page.get_by_role("dialog")).get_by_role("button")
    expect(news.first).to_contain_text(number)
    news.first.click()
    expect(page.get_by_role("heading", name=f"订单 {number}")).to_be_visible()
