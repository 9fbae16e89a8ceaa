"""What a customer's person does in the portal."""

import re
import time

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Browser, Locator, expect

from kboss.demo import PASSWORD
from scripts.running import Running
from tests.e2e.people import Company
from tests.e2e.windows import Window

TOTP_PERIOD = 30


class Buyer(Window):
    """Sits in front of the portal; each method is one thing that a person wants."""

    def __init__(self, browser: Browser, site: Running, **options: object) -> None:
        super().__init__(browser, site, **options)
        self.is_on_phone = self.page.viewport_size["width"] < 768
        self.used_step = 0

    def go(self, path: str, heading: str) -> None:
        self.page.goto(path)
        expect(self.page.get_by_role("heading", name=heading, level=1)).to_be_visible()

    # --- the account
    def sign_up(self, company: Company) -> None:
        page = self.page
        page.goto("/login")
        page.get_by_role("link", name="注册").click()
        page.get_by_label("企业名称").fill(company.name)
        page.get_by_label("企业邮箱").fill(company.email)
        page.get_by_label("手机号").fill(company.phone.removeprefix("+86"))
        page.get_by_label("密码", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="注册").click()
        self._prove("email", company.email)
        self._prove("phone", company.phone.removeprefix("+86"))
        expect(page.get_by_role("heading", name=f"您好，{company.name}")).to_be_visible()

    def _prove(self, channel: str, recipient: str) -> None:
        page = self.page
        page.wait_for_url(f"**/verify/{channel}?*")
        page.get_by_label("验证码").fill(self.read_code(recipient))
        page.get_by_role("button", name="验证").click()
        page.wait_for_url(lambda url: f"/verify/{channel}" not in url)

    def apply_for_verification(self, uscc: str) -> None:
        page = self.page
        page.get_by_role("link", name="去认证").click()
        page.get_by_label("统一社会信用代码").fill(uscc)
        page.get_by_role("button", name="提交认证").click()
        expect(page.get_by_text("资料已提交，正在审核")).to_be_visible()

    def set_up_mfa(self) -> str:
        """Returns the secret that the authenticator app would have scanned."""
        page = self.page
        self.go("/account/security", "安全设置")
        page.get_by_role("button", name="开启 验证器应用").click()
        dialog = page.get_by_role("dialog", name="验证器应用")
        secret = dialog.get_by_text(re.compile("^[A-Z2-7]{32}$")).inner_text()
        dialog.get_by_label("动态码").fill(self.totp(secret))
        dialog.get_by_role("button", name="开启").click()
        # Who signed up by codes has not shown his password to this session yet.
        again = page.get_by_role("dialog", name="确认是您本人")
        again.get_by_label("密码").fill(PASSWORD)
        again.get_by_role("button", name="确定").click()
        codes = page.get_by_role("dialog", name="恢复码")
        expect(codes.get_by_role("listitem")).to_have_count(10)
        codes.get_by_role("button", name="我已保存").click()
        expect(page.get_by_text("已开启", exact=True)).to_be_visible()
        return secret

    def totp(self, secret: str) -> str:
        """A code that was not used yet: at most the next one, which is accepted already."""
        step = max(int(time.time()) // TOTP_PERIOD, self.used_step + 1)
        self.used_step = step
        return format_hotp_value(hotp_value(secret, step))

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="账号菜单").click()
        self.page.get_by_role("menuitem", name="退出登录").click()
        expect(self.page.get_by_role("heading", name="登录 Kboss")).to_be_visible()

    def sign_in_with_mfa(self, email: str, secret: str) -> None:
        self.page.goto("/login")
        self.type_login(email)
        self.page.get_by_label("动态码").fill(self.totp(secret))
        self.page.get_by_role("button", name="验证").click()
        expect(self.page.get_by_role("heading", name="您好")).to_be_visible()

    # --- money
    def recharge(self, amount: str) -> None:
        """From the form through the cashier's page in a new tab until the money is there."""
        page = self.page
        page.get_by_label("自定义金额").fill(amount)
        page.get_by_role("button", name="去支付").click()
        with self.context.expect_page() as opened:
            page.get_by_role("link", name="在浏览器中打开支付宝").click()
        cashier = opened.value
        expect(cashier.locator(".amount")).to_have_text(f"¥{float(amount):,.2f}")
        cashier.get_by_role("button", name="确认付款").click()
        expect(cashier.get_by_role("heading", name="付款成功")).to_be_visible()
        cashier.close()
        # The page does not ask the cashier: it waits for the signed notice.
        expect(page.get_by_role("heading", name="充值成功")).to_be_visible()

    # --- buying
    def configure(self, product: str, *, mode: str, sku: str) -> None:
        page = self.page
        self.go("/products", "产品与价格")
        page.get_by_role("link", name=product).click()
        page.wait_for_url("**/products/*")  # the list has billing modes of its own, to filter by
        page.get_by_role("group", name="计费方式").get_by_text(mode, exact=True).click()
        page.get_by_role("group", name="规格").locator("label").filter(has_text=sku).click()
        expect(page.get_by_role("radio", name=sku)).to_be_checked()

    @property
    def price_details(self) -> Locator:
        return self.page.get_by_role("group", name="价格明细")

    def rows_of(self, table: str) -> Locator:
        """Without the head, which a phone does not show."""
        return self.page.get_by_role("table", name=table).locator("tbody tr")

    def row(self, text: str) -> Locator:
        return self.page.get_by_role("row").filter(has_text=text)

    def see_price(self, *, list_price: str, discount: str, saved: str, price: str) -> None:
        """The waterfall from the list price down to what is paid."""
        if self.is_on_phone:
            self.page.get_by_role("button", name="价格明细").click()
        steps = self.price_details.get_by_role("listitem")
        expect(steps.nth(0)).to_contain_text(list_price)
        expect(steps.nth(1)).to_contain_text(discount)
        expect(steps.nth(1)).to_contain_text(f"-{saved}")
        expect(steps.nth(2)).to_contain_text(f"应付{price}")
        if self.is_on_phone:
            self.page.keyboard.press("Escape")
            expect(self.price_details).to_be_hidden()
