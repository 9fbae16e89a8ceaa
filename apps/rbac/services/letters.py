from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import timezone, translation

from apps.rbac.mails import LETTERS
from apps.rbac.models import SignInEvent


def tell_of_new_device(*, event: SignInEvent) -> None:
    """Write to the user that his account was used on a new device (SEC-3).

    Trusted: a job's work. Sending it twice tells it twice, no more.
    """
    if event.user is None:
        return
    letter = LETTERS["rbac/new_device"]
    with translation.override(event.user.language):
        text = render_to_string(
            "rbac/email/letter.txt",
            {
                "text": letter.text,
                "is_warning": True,
                "at": timezone.localtime(event.at),
                "ip": event.ip or "",
                "user_agent": event.user_agent,
                "security_url": f"{settings.PUBLIC_URL}/account/security",
                "public_url": settings.PUBLIC_URL,
            },
        )
        subject = f"[Kboss] {letter.subject}"
    EmailMessage(subject, text, settings.DEFAULT_FROM_EMAIL, [event.user.email]).send()
