"""A person's browser window."""

import re
import urllib.parse

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, expect

from kboss.demo import PASSWORD
from scripts.running import Running

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Chromium repeats each refusal of the API as an error; the page answers those.
REFUSAL = "Failed to load resource: the server responded with a status of 4"


class Window:
    """A browser context with one page, that remembers everything that should not have happened."""

    def __init__(self, browser: Browser, site: Running, **options: object) -> None:
        self.site = site
        self.context = browser.new_context(
            **{"base_url": site.url, "locale": "zh-CN", "reduced_motion": "reduce", **options}
        )
        self.complaints: list[str] = []
        self.context.on("request", self._saw_request)
        self.context.on("response", self._saw_response)
        self.context.on("console", self._saw_message)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page: Page = self.context.new_page()

    def _saw_request(self, request: Request) -> None:
        address = urllib.parse.urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.hostname not in LOOPBACK:
            self.complaints.append(f"left this machine: {request.url}")

    def _saw_response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    def _saw_message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(REFUSAL):
            self.complaints.append(f"console: {message.text}")

    def sign_in(self, email: str, password: str = PASSWORD) -> None:
        """By the form that customers and staff share."""
        self.page.goto("/login")
        self.type_login(email, password)
        expect(self.page).not_to_have_url(re.compile("/login"))

    def type_login(self, email: str, password: str = PASSWORD) -> None:
        self.page.get_by_label("邮箱").fill(email)
        self.page.get_by_label("密码", exact=True).fill(password)
        self.page.get_by_role("button", name="登录").click()

    def read_code(self, recipient: str) -> str:
        """The newest code in the sandbox mailbox, looked up in a second tab."""
        tab = self.context.new_page()
        tab.goto(f"{self.site.mailbox}/?{urllib.parse.urlencode({'recipient': recipient})}")
        code = tab.locator("article .code").first
        for _look in range(40):  # the page shows what had come when it was loaded
            if code.count():
                break
            tab.wait_for_timeout(250)
            tab.reload()
        text = code.inner_text()
        tab.close()
        return text
