"""SEC-2: a sensitive act needs the second factor again, for this act, in this session."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from apps.rbac.api.permissions import step_up as needs_step_up
from apps.rbac.errors import CodeIsWrong, StepUpRequired, TooManyTries
from apps.rbac.services import second_factor, step_up
from apps.rbac.services.step_up import Proof
from tests.factories.rbac import set_up_totp
from tests.rbac.conftest import PASSWORD, Browser, code_in_mail

pytestmark = pytest.mark.django_db


def confirm(session, person, now, *, action="withdrawal", **proof):
    step_up.confirm(session, user=person, action=action, proof=Proof(**proof), now=now)


def is_confirmed(session, person, now, action="withdrawal") -> bool:
    return step_up.is_confirmed(session, user=person, action=action, now=now)


@pytest.fixture
def at():
    return timezone.now()


@pytest.mark.sqlite
def test_is_good_for_five_minutes(person, code, at):
    session = {}

    confirm(session, person, at, code=code)

    assert is_confirmed(session, person, at + timedelta(minutes=4, seconds=59))
    assert not is_confirmed(session, person, at + timedelta(minutes=5))
    assert not is_confirmed(session, person, at - timedelta(seconds=1))


def test_is_good_for_one_action_one_session_one_person(person, outsider, code, at):
    session = {}

    confirm(session, person, at, code=code)

    assert not is_confirmed(session, person, at, action="change-phone")
    assert not is_confirmed({}, person, at)
    assert not is_confirmed(session, outsider, at)


def test_code_confirms_once(person, code, at):
    confirm({}, person, at, code=code)

    with pytest.raises(CodeIsWrong):
        confirm({}, person, at, code=code)


def test_code_that_signed_in_does_not_confirm(person, code, at):
    browser = Browser()
    browser.sign_in(person)
    browser.second_factor(code)

    with pytest.raises(CodeIsWrong):
        confirm({}, person, at, code=code)


def test_password_is_no_second_factor(person, secret, at):
    with pytest.raises(CodeIsWrong):
        confirm({}, person, at, password=PASSWORD)


def test_password_stands_in_where_there_is_none(person, at):
    session = {}

    with pytest.raises(CodeIsWrong):
        confirm(session, person, at, password="Wrong-Horse-99")
    confirm(session, person, at, password=PASSWORD)

    assert is_confirmed(session, person, at)


def test_wrong_codes_count_on_the_account(person, secret, code, at):
    for _ in range(7):
        with pytest.raises(CodeIsWrong):
            confirm({}, person, at, code="000000")

    with pytest.raises(TooManyTries):
        confirm({}, person, at, code="000000")
    elsewhere = Browser()
    elsewhere.sign_in(person)
    refused = elsewhere.second_factor(code).json()
    assert refused["errors"][0]["code"] == "too_many_login_attempts"


def test_gate_without_mfa_lets_pass_who_has_none(person, at):
    step_up.ensure_confirmed({}, user=person, action="x-action", now=at, without_mfa=True)
    set_up_totp(person)

    with pytest.raises(StepUpRequired):
        step_up.ensure_confirmed({}, user=person, action="x-action", now=at, without_mfa=True)


# --- doors ---------------------------------------------------------------------------------------


@pytest.fixture
def session(person, secret) -> Browser:
    """Signed in with the code of the step before, so that the present one is unused."""
    browser = Browser()
    browser.sign_in(person)
    step = int(timezone.now().timestamp()) // second_factor.PERIOD - 1
    assert browser.second_factor(second_factor.totp_at(secret, step)).status_code == 200
    return browser


def test_door_confirms(session, person, code):
    before = session.get("/api/v1/step-up/?action=withdrawal").json()
    response = session.post(
        "/api/v1/step-up/", {"action": "withdrawal", "code": code}, content_type="application/json"
    )

    assert (before["is_confirmed"], before["methods"]) == (False, ["totp"])
    assert (response.status_code, response.json()["is_confirmed"]) == (200, True)
    assert session.get("/api/v1/step-up/?action=withdrawal").json()["is_confirmed"]


def test_wrong_code_stays_counted_though_the_door_refuses(session, person):
    for _ in range(7):
        response = session.post(
            "/api/v1/step-up/",
            {"action": "withdrawal", "code": "000000"},
            content_type="application/json",
        )
        assert (response.status_code, response.json()["code"]) == (400, "rbac.code_is_wrong")

    response = session.post(
        "/api/v1/step-up/",
        {"action": "withdrawal", "code": "000000"},
        content_type="application/json",
    )
    assert (response.status_code, response.json()["code"]) == (429, "rbac.too_many_tries")


def test_permission_class_guards_a_view(person, at):
    class Guarded(APIView):
        authentication_classes = ()
        permission_classes = (IsAuthenticated, needs_step_up("withdrawal"))

        def get(self, request):
            return Response({"is": "done"})

    def answer(session):
        request = APIRequestFactory().get("/")
        request.session = session
        request._force_auth_user = person
        view = Guarded.as_view(authentication_classes=())
        force_authenticate(request, person)
        return view(request)

    confirmed = {}
    step_up.remember(confirmed, user=person, action="withdrawal", now=at)

    assert (answer({}).status_code, answer({}).data["code"]) == (403, "rbac.step_up_required")
    assert answer(confirmed).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("POST", "account/phone", {"phone": "13900139000"}),
        ("POST", "account/email", {"email": "new@customer.test"}),
        ("DELETE", "account/authenticators/totp", None),
    ],
)
def test_password_alone_changes_neither_number_nor_address_nor_factor(session, method, path, sent):
    session.call("POST", "auth/reauthenticate", {"password": PASSWORD})

    response = session.call(method, path, sent)

    assert response.status_code == 401
    assert [flow["id"] for flow in response.json()["data"]["flows"][:1]] == ["mfa_reauthenticate"]
    assert len(response.json()["data"]["flows"]) == 1


def test_code_confirms_the_act_that_was_refused_and_no_other(session, person, code):
    session.call("DELETE", "account/authenticators/totp")

    session.call("POST", "auth/2fa/reauthenticate", {"code": code})

    confirmed = {
        action: session.get(f"/api/v1/step-up/?action={action}").json()["is_confirmed"]
        for action in ("change-mfa", "change-phone")
    }
    assert confirmed == {"change-mfa": True, "change-phone": False}
    assert session.call("DELETE", "account/authenticators/totp").status_code == 200
    assert not person.recovery_codes.exists()


def test_number_changes_after_confirming(session, person, code, texts):
    session.call("POST", "auth/reauthenticate", {"password": PASSWORD})
    session.post(
        "/api/v1/step-up/",
        {"action": "change-phone", "code": code},
        content_type="application/json",
    )
    assert session.call("POST", "account/phone", {"phone": "13900139000"}).status_code == 202

    response = session.call("POST", "auth/phone/verify", {"code": texts.code})

    person.refresh_from_db()
    assert (response.status_code, person.phone) == (200, "+8613900139000")


def test_address_changes_after_confirming_and_the_old_one_is_told(
    session, person, code, mailoutbox
):
    old = person.email
    session.call("POST", "account/email", {"email": "new@customer.test"})
    session.call("POST", "auth/2fa/reauthenticate", {"code": code})
    assert session.call("POST", "account/email", {"email": "new@customer.test"}).status_code == 200

    response = session.call("POST", "auth/email/verify", {"key": code_in_mail()})

    person.refresh_from_db()
    assert (response.status_code, person.email) == (200, "new@customer.test")
    assert [message.to for message in mailoutbox] == [["new@customer.test"], [old]]


def test_admin_asks_and_goes_back(boss, browse):
    secret = set_up_totp(boss)
    client = browse(boss)
    target = reverse("admin:rbac_rolegrant_add") + "?user=1"

    asked = client.get(target)
    assert asked.status_code == 302
    assert client.get(asked.url).status_code == 200
    wrong = client.post(asked.url, {"code": "000000"})
    step = int(timezone.now().timestamp()) // second_factor.PERIOD
    right = client.post(asked.url, {"code": second_factor.totp_at(secret, step)})

    assert wrong.status_code == 200
    assert (right.status_code, right.url) == (302, target)
    assert client.get(target).status_code == 200


def test_admin_sends_nobody_away_from_us(boss, browse):
    page = reverse("admin:rbac_step_up") + "?action=role-grant&next=https://evil.example/"
    boss.set_password(PASSWORD)
    boss.save()

    response = browse(boss).post(page, {"password": PASSWORD})

    assert response.url == "/admin/"
