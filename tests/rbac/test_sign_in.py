"""Signing in: SEC-1, SEC-3, S10."""

import base64
import io
import statistics
import time
from collections import Counter
from datetime import timedelta

import pytest
from allauth.core import context
from allauth.core.context import request_context
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone

from apps.rbac.adapters import AccountAdapter
from apps.rbac.enums import SignInOutcome, SignInReason
from apps.rbac.models import KnownDevice, SignInEvent, TotpUse
from apps.rbac.selectors import totp_secret_of
from apps.rbac.services import second_factor, tries
from tests.rbac.conftest import PASSWORD, Browser, race

pytestmark = pytest.mark.django_db
WRONG = "Wrong-Horse-99"


def errors(response) -> list[str]:
    return [error["code"] for error in response.json().get("errors", [])]


@pytest.mark.sqlite
def test_right_password_signs_in(visitor, person):
    response = visitor.sign_in(person)

    assert (response.status_code, visitor.is_signed_in) == (200, True)


def test_mobile_is_a_name_too(visitor, person):
    body = {"phone": person.phone.removeprefix("+86"), "password": PASSWORD}

    response = visitor.call("POST", "auth/login", body)

    assert (response.status_code, visitor.is_signed_in) == (200, True)


def test_wrong_password_does_not(visitor, person):
    response = visitor.sign_in(person, WRONG)

    assert (response.status_code, errors(response)) == (400, ["email_password_mismatch"])
    assert not visitor.is_signed_in


def test_disabled_account_does_not(visitor, person):
    person.is_active = False
    person.save()

    response = visitor.sign_in(person)

    assert (response.status_code, errors(response)) == (400, ["account_inactive"])
    assert not visitor.is_signed_in


@pytest.mark.slow
def test_a_thousand_guesses_pass_seven_times_at_most(person, rf):
    """S10: each guess a request of its own, as an attacker makes them; the last one is right."""
    answers = []
    for number in range(1000):
        with request_context(rf.post("/")):
            guess = PASSWORD if number == 999 else f"Guess-{number:06}-x"
            try:
                found = AccountAdapter().authenticate(
                    context.request, email=person.email, password=guess
                )
                answers.append("in" if found else "wrong")
            except ValidationError as error:
                answers.append(error.code)

    assert Counter(answers) == {"wrong": 7, "too_many_login_attempts": 993}
    assert errors(Browser().sign_in(person)) == ["too_many_login_attempts"]


def test_fresh_sessions_bring_no_new_tries(person):
    answers = [errors(Browser().sign_in(person, f"Guess-{n:06}-x")) for n in range(12)]

    assert answers == [["email_password_mismatch"]] * 7 + [["too_many_login_attempts"]] * 5


def test_guesses_by_mail_and_by_mobile_are_counted_together(person):
    for _ in range(4):
        Browser().sign_in(person, WRONG)
    by_phone = {"phone": person.phone, "password": WRONG}
    for _ in range(3):
        Browser().call("POST", "auth/login", by_phone)

    assert errors(Browser().sign_in(person)) == ["too_many_login_attempts"]


def test_unknown_account_answers_like_a_known_one(person):
    """S10: same status, same body, same lock."""

    def ask(email: str) -> list[tuple[int, str]]:
        answers = []
        for _ in range(9):
            body = {"email": email, "password": WRONG}
            response = Browser().call("POST", "auth/login", body)
            answers.append((response.status_code, response.content.decode()))
        return answers

    assert ask(person.email) == ask("nobody@customer.test")


@pytest.mark.slow
def test_unknown_account_takes_as_long_as_a_known_one(person, settings):
    """S10: the median differs by less than 20 ms, with a real hasher."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    person.set_password(PASSWORD)
    person.save()

    def seconds(email: str) -> float:
        tries.forget_tries(limit=tries.SIGN_IN, key=tries.account_key(None, email))
        tries.forget_tries(limit=tries.SIGN_IN, key=tries.account_key(person, email))
        begin = time.thread_time()
        Browser().call("POST", "auth/login", {"email": email, "password": WRONG})
        return time.thread_time() - begin

    gaps = [seconds(person.email) - seconds("nobody@customer.test") for _ in range(11)]

    assert abs(statistics.median(gaps)) < 0.020


def test_lock_ends_after_half_an_hour(person):
    key, now = tries.account_key(person, person.email), timezone.now()
    early = now - timedelta(minutes=30, seconds=1)
    for _ in range(7):
        assert tries.take_try(limit=tries.SIGN_IN, key=key, now=early)

    assert not tries.take_try(limit=tries.SIGN_IN, key=key, now=early)
    assert Browser().sign_in(person).status_code == 200


def test_success_forgets_the_wrong_tries(person):
    for _ in range(6):
        Browser().sign_in(person, WRONG)
    Browser().sign_in(person)

    assert errors(Browser().sign_in(person, WRONG)) == ["email_password_mismatch"]


@pytest.mark.django_db(transaction=True)
def test_racing_guesses_pass_seven_times_at_most(person):
    """The try is taken before the password is compared, so speed gains nothing."""
    passed = _race(
        lambda: tries.take_try(
            limit=tries.SIGN_IN, key=tries.account_key(person, ""), now=timezone.now()
        ),
        threads=32,
    )

    assert sum(passed) == 7


def test_nobody_is_locked_out_by_the_guesses_of_others(person):
    """A device that signed in before keeps a count of its own."""
    mine = Browser()
    mine.sign_in(person)
    mine.call("DELETE", "auth/session")
    for _ in range(8):
        Browser().sign_in(person, WRONG)
    assert errors(Browser().sign_in(person)) == ["too_many_login_attempts"]

    assert mine.sign_in(person).status_code == 200

    assert errors(Browser().sign_in(person)) == ["too_many_login_attempts"]  # for them as before


def test_a_known_device_has_seven_tries_too(person):
    mine = Browser()
    mine.sign_in(person)
    mine.call("DELETE", "auth/session")

    answers = [errors(mine.sign_in(person, WRONG)) for _ in range(8)]

    assert answers == [["email_password_mismatch"]] * 7 + [["too_many_login_attempts"]]
    assert errors(mine.sign_in(person)) == ["too_many_login_attempts"]
    assert Browser().sign_in(person).status_code == 200


def test_the_cookie_of_one_account_is_no_key_to_another(person, outsider):
    outsider.set_password(PASSWORD)
    outsider.save()
    theirs = Browser()
    theirs.sign_in(outsider)
    theirs.call("DELETE", "auth/session")
    for _ in range(7):
        Browser().sign_in(person, WRONG)

    assert errors(theirs.sign_in(person)) == ["too_many_login_attempts"]


def test_strangers_do_not_use_up_the_second_factor(person, code):
    mine = Browser()
    mine.sign_in(person)
    mine.second_factor(code)
    mine.call("DELETE", "auth/session")
    for _ in range(7):
        Browser().sign_in(person, WRONG)
    TotpUse.objects.all().delete()  # the clock of the test stands

    mine.sign_in(person)
    assert mine.second_factor(code).status_code == 200


# --- second factor -------------------------------------------------------------------------------


def test_second_factor_completes_the_sign_in(visitor, person, code):
    first = visitor.sign_in(person)
    assert (first.status_code, visitor.is_signed_in) == (401, False)

    second = visitor.second_factor(code)

    assert (second.status_code, visitor.is_signed_in) == (200, True)


def test_code_signs_in_once(person, code):
    """SEC-1: the second use of one code is refused."""
    first, second = Browser(), Browser()
    first.sign_in(person)
    second.sign_in(person)

    assert first.second_factor(code).status_code == 200
    assert errors(second.second_factor(code)) == ["incorrect_code"]
    assert not second.is_signed_in


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_code_signs_in_once_however_many_race(person, secret, code):
    """SEC-1: twenty browsers give one code at the same moment; one of them gets in."""
    visitors = [Browser() for _ in range(20)]
    for visitor in visitors:
        assert visitor.sign_in(person).status_code == 401

    answers = race([lambda b=b: b.second_factor(code).status_code for b in visitors])

    assert sorted(answers).count(200) == 1
    assert sum(visitor.is_signed_in for visitor in visitors) == 1


@pytest.mark.django_db(transaction=True)
def test_step_is_used_once_however_many_race(person, secret, code):
    """SEC-1, without the lock on the account in between: the conditional UPDATE decides."""
    now = timezone.now()

    passed = _race(
        lambda: second_factor.use_totp(user=person, secret=secret, code=code, now=now), threads=20
    )

    assert sum(passed) == 1


def test_earlier_code_does_not_work_after_a_later_one(person, secret):
    now = timezone.now()
    step = int(now.timestamp()) // second_factor.PERIOD
    later, earlier = (second_factor.totp_at(secret, s) for s in (step, step - 1))

    assert second_factor.use_totp(user=person, secret=secret, code=later, now=now)
    assert not second_factor.use_totp(user=person, secret=secret, code=earlier, now=now)
    assert TotpUse.objects.get(user=person).last_step == step


def test_wrong_codes_lock_the_account_and_not_the_session(person, code):
    """SEC-1: the counter is the account's; a new session brings no new tries."""
    for _ in range(7):
        visitor = Browser()
        visitor.sign_in(person)
        assert errors(visitor.second_factor("000000")) == ["incorrect_code"]

    assert errors(Browser().sign_in(person)) == ["too_many_login_attempts"]


def test_wrong_passwords_and_wrong_codes_are_counted_together(person, code):
    for _ in range(4):
        Browser().sign_in(person, WRONG)
    visitor = Browser()
    visitor.sign_in(person)
    for _ in range(3):
        visitor.second_factor("000000")

    assert errors(visitor.second_factor(code)) == ["too_many_login_attempts"]


def test_recovery_code_signs_in_once(person, secret):
    """SEC-1: hashed, single use."""
    first_code, *_ = second_factor.issue_recovery_codes(user=person, now=timezone.now())
    first, second = Browser(), Browser()
    first.sign_in(person)
    second.sign_in(person)

    assert first.second_factor(first_code.lower()).status_code == 200
    assert errors(second.second_factor(first_code)) == ["incorrect_code"]
    digests = person.recovery_codes.values_list("digest", flat=True)
    assert not any(first_code.replace("-", "") in digest for digest in digests)


def test_secret_of_the_app_is_not_in_clear(person, secret):
    assert secret not in str(Authenticator.objects.get(user=person).data)


# --- what is remembered --------------------------------------------------------------------------


def test_each_try_is_written_down(person):
    """SEC-3: who, from where, and why not."""
    Browser(headers={"user-agent": "Firefox"}).sign_in(person, WRONG)
    Browser(headers={"user-agent": "Firefox"}).sign_in(person)

    success, failure = SignInEvent.objects.all()
    assert (failure.outcome, failure.reason) == (
        SignInOutcome.FAILURE,
        SignInReason.WRONG_PASSWORD,
    )
    assert (success.outcome, success.method) == (SignInOutcome.SUCCESS, "password")
    assert {success.user, failure.user} == {person}
    assert (success.ip, success.user_agent) == ("127.0.0.1", "Firefox")


def test_new_device_is_told_by_mail(person, mailoutbox, django_capture_on_commit_callbacks):
    """SEC-3: not of the first one, and not of one that is known."""
    known = Browser()
    with django_capture_on_commit_callbacks(execute=True):
        known.sign_in(person)
        known.call("DELETE", "auth/session")
        known.sign_in(person)
    assert mailoutbox == []

    with django_capture_on_commit_callbacks(execute=True):
        Browser(headers={"user-agent": "Strange"}).sign_in(person)

    assert [message.to for message in mailoutbox] == [[person.email]]
    assert "Strange" in mailoutbox[0].body
    assert KnownDevice.objects.of(person).count() == 2


def test_device_cookie_is_out_of_reach_of_scripts(person):
    visitor = Browser()
    visitor.sign_in(person)

    cookie = visitor.cookies["kb_device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


# --- sessions ------------------------------------------------------------------------------------


def test_sessions_are_listed_and_ended_from_afar(person):
    """SEC-3: the session list with remote sign-out."""
    here, there = Browser(), Browser()
    here.sign_in(person)
    there.sign_in(person)
    sessions = here.call("GET", "auth/sessions").json()["data"]
    other = next(s["id"] for s in sessions if not s["is_current"])

    here.call("DELETE", "auth/sessions", {"sessions": [other]})

    assert len(sessions) == 2
    assert there.call("GET", "auth/session").status_code == 401
    assert here.call("GET", "auth/session").status_code == 200


def test_session_of_somebody_else_can_not_be_ended(person, outsider):
    outsider.set_password(PASSWORD)
    outsider.save()
    mine, theirs = Browser(), Browser()
    mine.sign_in(person)
    theirs.sign_in(outsider)
    foreign = UserSession.objects.get(user=outsider)
    response = mine.call("DELETE", "auth/sessions", {"sessions": [foreign.pk]})

    assert response.status_code == 400
    assert theirs.call("GET", "auth/session").status_code == 200


def _race(act, *, threads: int) -> list:
    return race([act] * threads)


def test_secrets_of_authenticator_apps_survive_their_old_key(person, secret, settings):
    old, new = settings.KBOSS_KEYS, "t2:" + base64.b64encode(b"n" * 32).decode()
    settings.KBOSS_KEYS = f"{new},{old}"

    call_command("rotate_secrets", verbosity=0, stdout=io.StringIO())

    settings.KBOSS_KEYS = new
    assert totp_secret_of(person) == secret
