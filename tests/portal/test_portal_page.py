"""The page that carries the portal: where it is served, and what it tells the browser."""

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from kboss import portal

ROUTES = Path(__file__).parent.parent.parent / "frontend/src/router/routes.ts"
BUILT = f'<!doctype html><head>{portal.CONFIG_SLOT}</head><body><div id="app"></div></body>'


@pytest.fixture
def page(settings, tmp_path):
    """A built portal."""
    settings.PORTAL_DIST = tmp_path
    (tmp_path / "index.html").write_text(BUILT)
    return Client()


def config_in(response) -> dict:
    found = re.search(r'id="kboss-config">(.*?)</script>', response.content.decode())
    return json.loads(found[1])


@pytest.mark.parametrize(
    "address",
    ["/", "/login", "/signup", "/verify/email", "/orders", "/orders/12", "/wallet/recharges/3"],
)
def test_is_served_for_each_address_of_the_portal(page, address):
    response = page.get(address)

    assert (response.status_code, b'<div id="app">' in response.content) == (200, True)


@pytest.mark.parametrize("address", ["/nothing", "/ordersx", "/api/v1/nothing/", "/.env"])
def test_is_no_answer_to_other_addresses(page, address):
    assert page.get(address).status_code == 404


def test_knows_the_sections_of_the_router():
    paths = re.findall(r'path: "/([\w-]*)', ROUTES.read_text())

    assert set(paths) - {""} == set(portal.SECTIONS)


def test_brings_the_csrf_cookie_and_is_never_cached(page):
    response = page.get("/login")

    assert response.cookies["csrftoken"].value
    assert "no-store" in response["Cache-Control"]


def test_runs_no_foreign_script(page):
    policy = page.get("/")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "script-src" not in policy  # so that nothing loosens it


def test_names_the_mailbox_in_the_sandbox_alone(page, settings):
    settings.SANDBOX_URLS = {"mailbox": "http://127.0.0.1:8103"}
    in_sandbox = config_in(page.get("/"))
    settings.IS_SANDBOX, settings.SANDBOX_URLS = False, {}

    assert in_sandbox["mailboxUrl"] == "http://127.0.0.1:8103"
    assert config_in(page.get("/")) == {
        "sandbox": False,
        "mailboxUrl": None,
        "csrfCookie": "csrftoken",
    }


def test_config_cannot_end_its_element(page, settings):
    settings.SANDBOX_URLS = {"mailbox": "</script><script>alert(1)</script>"}

    assert config_in(page.get("/"))["mailboxUrl"] == "</script><script>alert(1)</script>"
    assert page.get("/").content.count(b"<script") == 1


def test_follows_a_new_build(page, settings):
    page.get("/")
    (settings.PORTAL_DIST / "index.html").write_text(BUILT.replace("app", "new"))

    assert b'<div id="new">' in page.get("/").content


def test_says_how_to_build_it(settings, tmp_path):
    settings.PORTAL_DIST = tmp_path / "missing"
    response = Client().get("/")

    assert (response.status_code, b"npm run build" in response.content) == (503, True)
