from collections.abc import Iterator

import pytest

from apps.notifications import catalogue, ports
from apps.rbac.models import User
from simulators import mailbox
from tests.factories.rbac import UserFactory
from tests.notifications.kinds import KINDS


@pytest.fixture
def post_office(settings) -> Iterator[mailbox.MailboxServer]:
    """The sandbox mailbox, where mail and SMS of this test go over the wire."""
    server = mailbox.serve()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.smtp_port
    settings.SANDBOX_URLS = {**settings.SANDBOX_URLS, "sms": server.url}
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def test_kinds() -> Iterator[None]:
    """The catalogue also holds the tests' own kinds."""
    for kind in KINDS:
        catalogue.register(kind)
    yield
    for kind in KINDS:
        catalogue.unregister(kind.code)


@pytest.fixture
def reader(db) -> User:
    """Somebody to tell."""
    return UserFactory(email="li@example.com", phone="+8613800138000", display_name="李雷")


class WorkNotices:
    """DingTalk that takes every notice, for whoever is in `known`."""

    def __init__(self) -> None:
        self.known: set[int] = set()
        self.sent: list[dict[str, object]] = []

    def reaches(self, *, user: User) -> bool:
        return user.pk in self.known

    def send(self, **notice: object) -> str:
        self.sent.append(notice)
        return f"notice-{len(self.sent)}"


@pytest.fixture
def work_notices() -> Iterator[WorkNotices]:
    before = ports.dingtalk()
    fake = WorkNotices()
    ports.register_dingtalk(fake)
    yield fake
    ports._dingtalk[:] = [before] if before else []
