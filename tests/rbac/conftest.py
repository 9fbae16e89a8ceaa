import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.rbac import ports
from apps.rbac.models import User
from apps.rbac.services import second_factor
from tests.factories.rbac import set_up_totp

PASSWORD = "Correct-Horse-9"


@dataclass
class SentTexts:
    """An SMS provider that keeps what it is given."""

    texts: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def send(self, *, phone: str, template: str, parameters: dict[str, str]) -> None:
        self.texts.append((phone, template, parameters))

    @property
    def code(self) -> str:
        return self.texts[-1][2]["code"]


@pytest.fixture
def texts(monkeypatch) -> SentTexts:
    sender = SentTexts()
    monkeypatch.setattr(ports, "_sms_sender", [sender])
    return sender


def code_in_mail() -> str:
    return re.search(r"^\s+(\d{6})$", mail.outbox[-1].body, re.MULTILINE).group(1)


class Browser(Client):
    """A browser that speaks to /_allauth/."""

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **headers: Any):
        return self.generic(
            method,
            f"/_allauth/browser/v1/{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers=headers,
        )

    def sign_in(self, user: User, password: str = PASSWORD):
        return self.call("POST", "auth/login", {"email": user.email, "password": password})

    def second_factor(self, code: str):
        return self.call("POST", "auth/2fa/authenticate", {"code": code})

    @property
    def is_signed_in(self) -> bool:
        return "_auth_user_id" in self.session


@pytest.fixture
def visitor() -> Browser:
    return Browser()


@pytest.fixture
def person(member) -> User:
    """A portal user with a password."""
    member.set_password(PASSWORD)
    member.save()
    return member


@pytest.fixture
def secret(person) -> str:
    """The secret of `person`'s authenticator app."""
    return set_up_totp(person)


@pytest.fixture
def code(secret) -> str:
    """What the app shows now."""
    return second_factor.totp_at(secret, int(timezone.now().timestamp()) // second_factor.PERIOD)


def race(acts: list) -> list:
    """Run all at once; what each returned."""
    barrier, results = threading.Barrier(len(acts)), []

    def run(act) -> None:
        try:
            barrier.wait()
            results.append(act())
        finally:
            connection.close()

    running = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    return results
