from collections.abc import Iterator

import pytest

from simulators import mailbox


@pytest.fixture
def post_office(settings) -> Iterator[mailbox.MailboxServer]:
    """The sandbox mailbox, where mail and SMS of this test go over the wire."""
    server = mailbox.serve()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.smtp_port
    settings.SANDBOX_URLS = {**settings.SANDBOX_URLS, "sms": server.url}
    yield server
    server.stop()
