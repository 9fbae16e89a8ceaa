"""Staff need a second factor, and there is one door (SEC-1, reliability 2.3)."""

import base64
import re

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY as RECORDS
from django.contrib import admin
from django.contrib.auth import authenticate
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from apps.rbac.api.sign_in.urls import OWN
from apps.rbac.middleware import signed_in_with_mfa
from apps.rbac.services import second_factor
from tests.factories.rbac import set_up_totp
from tests.rbac.conftest import PASSWORD, Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def production(settings):
    """As outside the sandbox."""
    settings.STAFF_MFA_REQUIRED = True


@pytest.fixture
def manager(boss):
    boss.set_password(PASSWORD)
    boss.is_superuser = True
    boss.save()
    return boss


def routes(prefix: str) -> list[str]:
    """Every path below `prefix`, with something in the place of each parameter."""

    def walk(patterns, path):
        for pattern in patterns:
            here = path + _example(str(pattern.pattern))
            if isinstance(pattern, URLResolver):
                yield from walk(pattern.url_patterns, here)
            elif isinstance(pattern, URLPattern):
                yield here

    return sorted(
        {path for path in walk(get_resolver().url_patterns, "/") if path.startswith(prefix)}
    )


def _example(pattern: str) -> str:
    plain = re.sub(r"<[^>]+>", "1", pattern.replace("(?P<pk>[^/.]+)", "1"))
    plain = re.sub(r"\(\?P<\w+>[^)]*\)|\([^)]*\)", "1", plain)
    return plain.lstrip("^").rstrip("$").replace("\\", "").replace("/?", "/")


def sign_in(user, *, code: str | None = None) -> Browser:
    browser = Browser()
    browser.sign_in(user)
    if code:
        browser.second_factor(code)
    return browser


def current_code(secret: str) -> str:
    step = int(timezone.now().timestamp()) // second_factor.PERIOD
    return second_factor.totp_at(secret, step)


@pytest.fixture(params=["no second factor", "half set up"])
def kept_out(request, manager) -> Browser:
    """A staff member who gave his password, and at most began to set the factor up."""
    browser = sign_in(manager)
    if request.param == "half set up":
        browser.call("POST", "auth/reauthenticate", {"password": PASSWORD})
        assert browser.call("GET", "account/authenticators/totp").status_code == 404
    return browser


def test_no_admin_page_opens_without_a_second_factor(kept_out):
    """Every admin URL of the resolver × {no factor, half set up} × {GET, POST}: none passes."""
    paths = routes("/admin/")
    assert len(paths) > 60

    passed = []
    for path in paths:
        for method in ("get", "post"):
            response = getattr(kept_out, method)(path)
            refused = response.status_code == 403 or (
                response.status_code == 302
                and response.url.startswith(("/account/security", "/login"))
            )
            if not refused:
                passed.append((method, path, response.status_code))

    assert passed == []


def test_no_api_route_opens_without_a_second_factor(kept_out):
    paths = [path for path in routes("/api/") if path != "/api/v1/me/"]

    answers = {path: kept_out.get(path) for path in paths}

    assert {path for path, answer in answers.items() if answer.status_code != 403} == set()
    assert {answer.json()["code"] for answer in answers.values()} == {"rbac.mfa_required"}
    assert kept_out.get("/api/v1/me/").status_code == 200
    assert kept_out.patch("/api/v1/me/", "{}", content_type="application/json").status_code == 403


def test_second_factor_opens_the_admin(manager):
    browser = sign_in(manager, code=current_code(set_up_totp(manager)))

    assert browser.get("/admin/rbac/role/").status_code == 200


def test_factor_of_somebody_else_in_the_same_browser_does_not_count(manager, person, code):
    """The factor is given "in the customer portal only", then staff sign in by password alone."""
    browser = sign_in(person, code=code)
    browser.call("DELETE", "auth/session")
    browser.sign_in(manager)

    assert browser.get("/admin/rbac/role/").status_code == 302


def test_forged_record_of_another_user_does_not_count(manager, person):
    browser = sign_in(manager)
    session = browser.session
    session[RECORDS] = [{"method": "mfa", "at": 0, "type": "totp"}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()

    assert browser.get("/admin/rbac/role/").status_code == 302


def test_setting_the_factor_up_opens_the_admin_at_once(manager):
    browser = sign_in(manager)
    browser.call("POST", "auth/reauthenticate", {"password": PASSWORD})
    secret = browser.call("GET", "account/authenticators/totp").json()["meta"]["secret"]

    response = browser.call("POST", "account/authenticators/totp", {"code": current_code(secret)})

    assert response.status_code == 200
    assert len(response.json()["meta"]["recovery_codes"]) == 10
    assert browser.get("/admin/rbac/role/").status_code == 200
    # The code that set it up is used up.
    again = sign_in(manager, code=current_code(secret))
    assert not again.is_signed_in


def test_portal_users_are_not_asked(person):
    browser = sign_in(person)

    assert browser.get("/api/v1/sign-ins/").status_code == 200


def test_sandbox_does_not_ask(manager, settings):
    settings.STAFF_MFA_REQUIRED = False

    assert sign_in(manager).get("/admin/rbac/role/").status_code == 200


# --- the one door --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["get", "post"])
def test_login_page_of_the_admin_is_no_door(manager, method):
    client = Client()
    body = {"username": manager.email, "password": PASSWORD, "next": "/admin/"}

    response = getattr(client, method)("/admin/login/?next=/admin/rbac/user/", body)

    assert response.status_code == 302
    assert response.url.startswith("/login?next=")
    assert "_auth_user_id" not in client.session


def test_login_page_sends_nobody_away_from_us():
    response = Client().get("/admin/login/?next=https://evil.example/")

    assert response.url == "/login?next=%2Fadmin%2F"


def test_password_page_of_the_admin_is_no_door(manager):
    browser = sign_in(manager, code=current_code(set_up_totp(manager)))
    body = {"old_password": PASSWORD, "new_password1": "x", "new_password2": "x"}

    response = browser.post(reverse("admin:password_change"), body)

    assert (response.status_code, response.url) == (302, "/account/security")
    manager.refresh_from_db()
    assert manager.check_password(PASSWORD)


def test_django_authenticates_nobody_by_username(manager):
    assert authenticate(None, username=manager.email, password=PASSWORD) is None


def test_basic_authentication_opens_nothing(manager):
    token = base64.b64encode(f"{manager.email}:{PASSWORD}".encode()).decode()

    response = Client().get("/api/v1/me/", headers={"authorization": f"Basic {token}"})

    assert response.status_code == 401


def test_app_client_of_allauth_is_shut():
    """It signs in by a token in a header, past cookies and CSRF."""
    assert Client().post("/_allauth/app/v1/auth/login").status_code == 404


def test_own_doors_come_before_those_of_allauth():
    """A counted door that allauth's own shadows would be a second door."""
    for route, view in OWN.items():
        found = get_resolver().resolve(f"/_allauth/browser/v1/{route}")
        assert found.func.view_class is view, route


def test_secrets_of_libraries_have_no_admin_page():
    labels = {model._meta.label for model in admin.site._registry}

    assert (
        labels
        & {
            "mfa.Authenticator",
            "account.EmailAddress",
            "usersessions.UserSession",
            "auth.Group",
        }
        == set()
    )


def test_signing_in_is_guarded_against_other_sites(manager):
    client = Client(enforce_csrf_checks=True)
    body = {"email": manager.email, "password": PASSWORD}

    response = client.post("/_allauth/browser/v1/auth/login", body, content_type="application/json")

    assert response.status_code == 403
    assert "_auth_user_id" not in client.session


def test_anonymous_has_no_factor(rf):
    request = rf.get("/")
    request.user, request.session = AnonymousUser(), {}

    assert not signed_in_with_mfa(request)
