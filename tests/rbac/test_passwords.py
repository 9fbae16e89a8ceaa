"""Password policy, history, change and reset by code."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core import mail
from django.core.exceptions import ValidationError

from apps.core.models import AuditEntry
from apps.rbac.selectors import user_named
from apps.rbac.services import tries
from tests.rbac.conftest import PASSWORD, Browser, code_in_mail

pytestmark = pytest.mark.django_db
NEW = "Better-Staple-7"


def change(visitor: Browser, current: str, new: str):
    body = {"current_password": current, "new_password": new}
    return visitor.call("POST", "account/password/change", body)


def request_code(visitor: Browser, email: str):
    return visitor.call("POST", "auth/password/request", {"email": email})


def reset(visitor: Browser, key: str, password: str = NEW):
    return visitor.call("POST", "auth/password/reset", {"key": key, "password": password})


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Sh0rt-One", "password_too_short"),
        ("Qwertyuiop1", "password_too_common"),
        ("member@customer.test9X", "password_too_similar"),
        ("123456789012", "password_entirely_numeric"),
        ("onlylowercaseletters", "password_too_uniform"),
        (PASSWORD, "password_used_before"),
    ],
)
def test_policy_refuses(person, password, code):
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, person)

    assert code in [error.code for error in refusal.value.error_list]


def test_last_five_are_refused_and_the_sixth_is_not(person):
    former = [f"Former-Staple-{n}" for n in range(6)]
    for password in former:
        person.set_password(password)
        person.save()

    for password in former[1:]:
        with pytest.raises(ValidationError, match=r"."):
            validate_password(password, person)
    validate_password(former[0], person)
    assert person.password_digests.count() == 5


def test_change_ends_other_sessions_and_is_told(person, mailoutbox):
    here, there = Browser(), Browser()
    here.sign_in(person)
    there.sign_in(person)

    response = change(here, PASSWORD, NEW)

    assert response.status_code == 200
    assert here.call("GET", "auth/session").status_code == 200
    assert there.call("GET", "auth/session").status_code == 401
    assert [message.to for message in mailoutbox] == [[person.email]]
    assert AuditEntry.objects.filter(verb="user.password_changed").count() == 1


def test_password_can_not_be_guessed_by_who_has_the_session(person):
    visitor = Browser()
    visitor.sign_in(person)

    answers = [change(visitor, f"Guess-{n}-Horse", NEW).json()["errors"] for n in range(8)]

    assert [a[0]["code"] for a in answers] == ["enter_current_password"] * 7 + [
        "too_many_login_attempts"
    ]


def test_reset_by_code(person, visitor):
    request_code(visitor, person.email)

    response = reset(visitor, code_in_mail())

    assert (response.status_code, visitor.is_signed_in) == (401, False)
    assert Browser().sign_in(person, NEW).status_code == 200
    assert Browser().sign_in(person, PASSWORD).status_code == 400


def test_reset_unlocks_the_account(person, visitor):
    for _ in range(7):
        Browser().sign_in(person, "Wrong-Horse-99")
    request_code(visitor, person.email)

    reset(visitor, code_in_mail())

    assert Browser().sign_in(person, NEW).status_code == 200


def test_reset_gives_no_new_tries_at_the_second_factor(person, secret, visitor):
    """Who reads the mailbox must not grind the factor by resetting again and again."""
    for _ in range(7):
        intruder = Browser()
        intruder.sign_in(person)
        intruder.second_factor("000000")
    request_code(visitor, person.email)

    reset(visitor, code_in_mail())

    assert Browser().sign_in(person, NEW).json()["errors"][0]["code"] == "too_many_login_attempts"


def test_weak_new_password_costs_no_try_at_the_account(person, visitor):
    request_code(visitor, person.email)
    code = code_in_mail()

    for _ in range(3):
        assert reset(visitor, code, "weak").json()["errors"][0]["param"] == "password"

    assert reset(visitor, code).status_code == 401
    assert tries.TryCounter.objects.filter(tries__gt=0, counts_until__isnull=False).count() <= 1


def test_unknown_address_answers_like_a_known_one(person):
    """S10: at every step, also where the code is only looked at."""

    def walk(email: str) -> list[tuple[int, str]]:
        visitor = Browser()
        look = {"x-password-reset-key": "000000"}
        answers = [
            request_code(visitor, email),
            visitor.call("GET", "auth/password/reset", **look),
            *(reset(visitor, "000000") for _ in range(4)),
            reset(visitor, "000000"),
        ]
        return [(answer.status_code, answer.content.decode()) for answer in answers]

    assert walk(person.email) == walk("nobody@customer.test")
    assert [message.to for message in mail.outbox] == [[person.email], ["nobody@customer.test"]]


def test_reset_codes_are_guessed_seven_times_an_account(person):
    """S10: five a code, seven an account, however many codes are asked for."""
    statuses = []
    for _ in range(4):
        visitor = Browser()
        request_code(visitor, person.email)
        right = code_in_mail()
        wrong = "000000" if right != "000000" else "111111"
        statuses += [reset(visitor, wrong).status_code for _ in range(5)]
        last = reset(visitor, right).status_code

    assert statuses.count(400) == 7
    assert last == 409
    assert Browser().sign_in(person).status_code == 200


def test_look_alike_letter_is_not_the_same_letter(person):
    """MariaDB's collation holds é for e; an account is not found by it."""
    assert user_named(person.email.upper()) == person
    assert user_named(person.email.replace("e", "é")) is None
