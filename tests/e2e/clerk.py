"""What staff do in the admin."""

from datetime import date

from playwright.sync_api import Locator, expect

from tests.e2e.windows import Window


class Clerk(Window):
    def list(self, path: str, search: str) -> Locator:
        """The rows that a list shows for a search."""
        self.page.goto(f"/admin/{path}/?q={search}")
        return self.page.locator("#result_list tbody tr")

    def act(self, row: Locator, action: str) -> None:
        """Tick a row, choose an action, and see that it was done."""
        row.get_by_role("checkbox", name="选择记录").check(force=True)
        self.page.get_by_role("combobox", name="选择要执行的操作").select_option(label=action)
        self.page.locator("button[name=index]").click()
        expect(self.page.get_by_text(f"{action}：已完成 1 项")).to_be_visible()

    def open(self, row: Locator) -> None:
        row.get_by_role("link").first.click()
        self.page.wait_for_url("**/change/**")

    def save(self) -> None:
        self.page.get_by_role("button", name="保存", exact=True).click()
        expect(self.page.get_by_text("成功")).to_be_visible()

    def wait_for_row(self, path: str, search: str, text: str = "") -> Locator:
        """The row that a job writes, or in which it writes `text`, moments later."""
        text = text or search
        for _look in range(60):
            row = self.list(path, search)
            if row.filter(has_text=text).count():
                break
            self.page.wait_for_timeout(300)
        expect(row).to_contain_text(text)
        return row

    def choose(self, field: str, text: str) -> None:
        """In a select that searches while one types."""
        box = self.page.locator(f"[name={field}] + .select2")
        box.click()
        self.page.locator(".select2-search__field").last.fill(text)
        self.page.locator(".select2-results__option", has_text=text).first.click()
        expect(box).to_contain_text(text)

    def ask(self, button: str, reason: str) -> str:
        """Press the button that asks for an approval of what the page shows; the request's
        address."""
        self.page.get_by_role("link", name=f"{button}…", exact=True).click()
        self.page.locator("[name=reason]").fill(reason)
        self.page.locator("#content form button[type=submit]").last.click()
        self.page.wait_for_url("**/approvals/approval/**")
        return self.page.url

    def agree(self, request: str) -> None:
        """Open the request that waits for this person, agree, and see that it no longer waits."""
        self.page.goto(request)
        self.decide("同意", "")
        mine = self.page.get_by_role("group", name="您的决定")
        expect(mine.get_by_role("button", name="同意", exact=True)).to_have_count(0)

    def decide(self, verb: str, note: str) -> None:
        """Press the button at the bottom right of a request, write why, and confirm."""
        page = self.page
        buttons = page.get_by_role("group", name="您的决定")
        buttons.get_by_role("button", name=verb, exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.locator("textarea").fill(note)
        dialog.get_by_role("button", name=verb, exact=True).click()

    def upload_bill(self, content: bytes, *, month: date) -> None:
        """Through the page of imports, which shows the progress until the job is done."""
        page = self.page
        page.goto("/admin/clouds/billimport/add/")
        page.get_by_label("云账号").select_option(label="沙箱云 主账号")
        page.locator("input[type=file][name=upload]").set_input_files(
            {"name": f"focus-{month:%Y-%m}.csv", "mimeType": "text/csv", "buffer": content}
        )
        page.get_by_label("月份").fill(f"{month:%Y-%m}")
        page.get_by_role("button", name="保存", exact=True).click()
        expect(page.get_by_role("heading", name="结果")).to_be_visible()
        bad = page.get_by_text("坏行", exact=True).locator("xpath=..")
        expect(bad.locator("dd")).to_have_text("0")
