"""WebAuthn as second factor."""

import pytest

from apps.rbac.selectors import factors_of
from tests.rbac.conftest import PASSWORD, Browser
from tests.rbac.soft_key import SoftKey

pytestmark = pytest.mark.django_db
KEYS = "account/authenticators/webauthn"


def add_key(browser: Browser, key: SoftKey):
    options = browser.call("GET", KEYS).json()["data"]["creation_options"]
    return browser.call("POST", KEYS, {"name": "YubiKey", "credential": key.register(options)})


def sign(browser: Browser, key: SoftKey, door: str):
    options = browser.call("GET", door).json()["data"]["request_options"]
    return browser.call("POST", door, {"credential": key.sign(options)})


@pytest.fixture
def key(person) -> SoftKey:
    """A key that `person` has registered."""
    browser, key = Browser(), SoftKey()
    browser.sign_in(person)
    browser.call("POST", "auth/reauthenticate", {"password": PASSWORD})
    response = add_key(browser, key)
    assert response.status_code == 200, response.json()
    assert len(response.json()["meta"]["recovery_codes"]) == 10
    return key


def test_key_completes_the_sign_in(visitor, person, key):
    first = visitor.sign_in(person)

    second = sign(visitor, key, "auth/webauthn/authenticate")

    assert (first.status_code, second.status_code, visitor.is_signed_in) == (401, 200, True)
    assert factors_of(person) == ["webauthn", "recovery_codes"]


def test_other_key_does_not(visitor, person, key):
    visitor.sign_in(person)
    other = SoftKey()
    other.id = key.id

    response = sign(visitor, other, "auth/webauthn/authenticate")

    assert (response.status_code, visitor.is_signed_in) == (400, False)


def test_answer_to_an_old_challenge_does_not(visitor, person, key):
    visitor.sign_in(person)
    door = "auth/webauthn/authenticate"
    old = visitor.call("GET", door).json()["data"]["request_options"]
    visitor.call("GET", door)

    response = visitor.call("POST", door, {"credential": key.sign(old)})

    assert (response.status_code, visitor.is_signed_in) == (400, False)


def test_wrong_answers_lock_the_account(person, key):
    for _ in range(7):
        intruder = Browser()
        intruder.sign_in(person)
        assert sign(intruder, SoftKey(), "auth/webauthn/authenticate").status_code == 400

    refused = Browser().sign_in(person)

    assert refused.json()["errors"][0]["code"] == "too_many_login_attempts"


def test_key_steps_up(visitor, person, key):
    visitor.sign_in(person)
    sign(visitor, key, "auth/webauthn/authenticate")
    options = visitor.call("GET", "auth/webauthn/reauthenticate").json()["data"]["request_options"]
    body = {"action": "withdrawal", "credential": key.sign(options)}

    response = visitor.post("/api/v1/step-up/", body, content_type="application/json")

    assert (response.status_code, response.json()["is_confirmed"]) == (200, True)


def test_second_key_needs_the_first(visitor, person, key):
    visitor.sign_in(person)
    sign(visitor, key, "auth/webauthn/authenticate")
    visitor.call("POST", "auth/reauthenticate", {"password": PASSWORD})

    refused = add_key(visitor, SoftKey())
    sign(visitor, key, "auth/webauthn/reauthenticate")
    added = add_key(visitor, SoftKey())

    assert (refused.status_code, added.status_code) == (401, 200)
