"""Shoots every page of portal and admin at 1440 and 390 pixels into var/screenshots.

    python -m scripts.screenshots [--url http://127.0.0.1:8000] [--only portal|admin]

Without --url it starts Kboss on a database of its own, with demo data.
"""

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from kboss.demo import LOGINS
from scripts.running import running_kboss

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "var" / "screenshots"
ROUTES = ROOT / "frontend" / "src" / "router" / "routes.ts"
SIZES = {"1440": (1440, 900), "390": (390, 844)}
CHROMIUM_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-sync"]
# Where the id in a portal address comes from: the first row of this API list.
ID_SOURCES = {
    "/products/": "products",
    "/orders/": "orders",
    "/resources/": "resources",
    "/wallet/recharges/": "recharges",
    "/bills/": "bills",
    "/approvals/": "approvals",
}
CHECKOUT = "/checkout/"  # shows a quote, which is made for the picture
SIGNED_OUT = ("/login", "/signup", "/verify", "/password")


@dataclass(frozen=True)
class Shot:
    name: str
    address: str


class Photographer:
    """One signed-in person in one browser window."""

    def __init__(self, browser: Browser, base: str, size: str) -> None:
        width, height = SIZES[size]
        self.size, self.base = size, base
        self.context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce"
        )
        # The stream of news stays open for ever: with it, no page would ever be idle.
        self.context.route("**/api/v1/live/**", lambda route: route.abort())
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(f"{self.page.url}: {error}"))

    def sign_in(self, email: str, password: str) -> None:
        self.page.goto(f"{self.base}/login")
        answer = self.context.request.post(
            f"{self.base}/_allauth/browser/v1/auth/login",
            data={"email": email, "password": password},
            headers={"X-CSRFToken": self._csrf_token(), "Referer": f"{self.base}/login"},
        )
        if not answer.ok:
            sys.exit(f"Signing in as {email} failed: {answer.status} {answer.text()[:300]}")

    def rows(self, path: str) -> list[dict[str, object]]:
        answer = self.context.request.get(f"{self.base}/api/v1/{path}")
        rows: list[dict[str, object]] = answer.json()["results"] if answer.ok else []
        return rows

    def new_quote(self) -> dict[str, object] | None:
        """A price to confirm, for the checkout page."""
        for product in self.rows("products/"):
            found = self.context.request.get(f"{self.base}/api/v1/products/{product['id']}/").json()
            answer = self.context.request.post(
                f"{self.base}/api/v1/quotes/",
                data={"lines": [{"sku": found["skus"][0]["id"], "quantity": 1, "periods": 1}]},
                headers={"X-CSRFToken": self._csrf_token(), "Referer": self.base},
            )
            if answer.ok:
                quote: dict[str, object] = answer.json()
                return quote
        return None

    def shoot(self, shot: Shot) -> str:
        try:
            self.page.goto(self.base + shot.address, wait_until="networkidle", timeout=15_000)
        except (
            Error
        ) as error:  # a page that polls is never idle; what it shows is shot all the same
            self.complaints.append(f"{shot.address}: {error.message.splitlines()[0]}")
        self.page.wait_for_timeout(600)  # charts draw themselves
        path = TARGET / self.size / f"{shot.name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path, full_page=True)
        overflow = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"
        )
        if overflow:
            self.complaints.append(f"{shot.address}: wider than {self.size} pixels")
        return shot.name

    def _csrf_token(self) -> str:
        cookies = {c.get("name", ""): c.get("value", "") for c in self.context.cookies()}
        return cookies.get("csrftoken", "")


def portal_routes() -> list[str]:
    return re.findall(r'path: "(/[^"]*)"', ROUTES.read_text())


def stem_of(route: str) -> str:
    """What stands before the id in an address that has one."""
    return route.split(":", 1)[0] if ":id" in route else ""


def portal_shots(person: Photographer, *, signed_in: bool) -> Iterator[Shot]:
    """The addresses of the portal's router, with real ids."""
    for route in portal_routes():
        if route.startswith(SIGNED_OUT) is signed_in or "*" in route:
            continue
        address = route
        stem = stem_of(route)
        if stem:
            row = person.new_quote() if stem == CHECKOUT else _first(person, stem)
            if row is None:
                person.complaints.append(f"{route}: no row to show")
                continue
            address = f"{stem}{row['id']}"
        yield Shot(f"portal-{_slug(route)}", address)


def _first(person: Photographer, stem: str) -> dict[str, object] | None:
    return next(iter(person.rows(f"{ID_SOURCES[stem]}/")), None)


def admin_shots(person: Photographer) -> Iterator[Shot]:
    """The index, and each model's list, add form, and first row with its history."""
    yield Shot("admin-index", "/admin/")
    person.page.goto(f"{person.base}/admin/")
    lists = sorted({a for a in _links(person.page) if re.fullmatch(r"/admin/\w+/\w+/", a)})
    for address in lists:
        name = f"admin-{_slug(address.removeprefix('/admin'))}"
        yield Shot(name, address)
        links = _links(person.page)
        change = next((a for a in links if re.fullmatch(rf"{address}[^/]+/change/", a)), None)
        if change:
            yield Shot(f"{name}-change", change)
            yield Shot(f"{name}-history", change.replace("/change/", "/history/"))
        if f"{address}add/" in links:
            yield Shot(f"{name}-add", f"{address}add/")


def _links(page: Page) -> list[str]:
    addresses = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [urlsplit(address).path for address in addresses]


def _slug(address: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"\(.*?\)", "", address)).strip("-") or "home"


def shoot_all(browser: Browser, base: str, only: str | None) -> list[str]:
    complaints = []
    for size in SIZES:
        for area, is_staff in (("portal", False), ("admin", True)):
            if only in (None, area):
                complaints += _shoot_area(
                    Photographer(browser, base, size), area, is_staff=is_staff
                )
    return complaints


def _shoot_area(person: Photographer, area: str, *, is_staff: bool) -> list[str]:
    if area == "portal":
        for shot in portal_shots(person, signed_in=False):
            person.shoot(shot)
    login = next(row for row in LOGINS if row.is_staff is is_staff)
    person.sign_in(login.email, login.password)
    shots = admin_shots(person) if is_staff else portal_shots(person, signed_in=True)
    names = [person.shoot(shot) for shot in shots]
    print(f"{area} at {person.size}: {len(names)} pages", flush=True)
    person.context.close()
    return person.complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", help="a Kboss that runs, with demo data")
    parser.add_argument("--only", choices=["portal", "admin"])
    options = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with ExitStack() as stack:
        base = options.url
        if base is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            base = stack.enter_context(running_kboss(folder)).url
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        complaints = shoot_all(browser, base.rstrip("/"), options.only)
        browser.close()
    print("\n".join(["", *dict.fromkeys(complaints)]))
    print(f"Pictures are in {TARGET.relative_to(ROOT)}/.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
