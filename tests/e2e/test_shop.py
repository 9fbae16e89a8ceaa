"""A customer looks around, compares, fills a cart, uses a voucher, and pays once for all of it."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.buyer import Buyer
from tests.e2e.people import THRIFTY

pytestmark = pytest.mark.e2e

SMALL, MEDIUM = "1 核 2 GiB · 北京 · 包月", "2 核 4 GiB · 北京 · 包月"


def test_two_things_and_a_voucher_become_one_order(open_window):
    buyer = open_window(Buyer)
    buyer.sign_in(THRIFTY.email)
    page = buyer.page

    find(buyer)
    compare(buyer)
    fill_cart(buyer)
    check_out(buyer)

    expect(page.get_by_role("heading", name="订单 ORD")).to_be_visible()
    expect(buyer.row(SMALL)).to_be_visible()
    expect(buyer.row(MEDIUM)).to_be_visible()
    page.goto("/cart")
    expect(page.get_by_text("购物车是空的")).to_be_visible()


def find(buyer: Buyer) -> None:
    """By Chinese words and a facet, which the address keeps."""
    page = buyer.page
    buyer.go("/products", "产品与价格")
    page.get_by_label("搜索产品").fill("云服务器")
    expect(page).to_have_url(re.compile("search="))
    filters = page.get_by_role("complementary", name="筛选")
    filters.get_by_role("group", name="云厂商").get_by_label(re.compile("沙箱云")).check()
    expect(page).to_have_url(re.compile("vendor=sandbox"))
    page.reload()
    expect(page.get_by_role("link", name="沙箱云服务器")).to_be_visible()
    expect(page.get_by_role("link", name="对象存储 OSS 资源包")).to_have_count(0)
    page.get_by_role("link", name="沙箱云服务器").click()


def compare(buyer: Buyer) -> None:
    page = buyer.page
    for name in (SMALL, MEDIUM):
        page.get_by_role("row").filter(has_text=name).locator(".el-checkbox").click()
    page.get_by_role("link", name="对比（2）").click()
    table = page.get_by_role("region", name="规格对比")
    expect(table.get_by_role("row", name=re.compile("目录价"))).to_contain_text("¥49.00")
    expect(table.get_by_role("row", name=re.compile("目录价"))).to_contain_text("¥98.00")
    table.get_by_role("link", name=SMALL).click()


def fill_cart(buyer: Buyer) -> None:
    page = buyer.page
    for name in (SMALL, MEDIUM):
        page.get_by_role("group", name="规格").locator("label").filter(has_text=name).first.click()
        page.get_by_role("button", name="加入购物车").click()
        expect(page.get_by_text("已加入购物车")).to_be_visible()
    page.get_by_role("link", name="去购物车结算").click()
    expect(page.get_by_role("heading", name="购物车", level=1)).to_be_visible()
    expect(page.get_by_text("已选 2 / 2")).to_be_visible()


def check_out(buyer: Buyer) -> None:
    """147.00 less 30.00, from the cart to the order."""
    page = buyer.page
    side = page.get_by_role("complementary", name="价格明细")
    expect(side).to_contain_text("¥147.00")
    page.get_by_role("region", name="使用代金券").get_by_role("checkbox").check()
    expect(side).to_contain_text("¥117.00")
    page.get_by_role("button", name="去结算（2）").click()
    expect(page.get_by_role("heading", name="确认订单")).to_be_visible()
    expect(side).to_contain_text("¥117.00")
    page.get_by_role("button", name="提交订单并支付").click()
