"""Mail through Django's backend, which is SMTP outside of the tests."""

import smtplib

from django.core.mail import EmailMultiAlternatives

from apps.notifications.errors import MessageWasRefused, ProviderIsBusy

PERMANENT = 500  # SMTP's replies from here on are final


def send_mail(*, to: str, subject: str, text: str, html: str, key: str) -> str:
    """
    Send one mail; its Message-ID. A mail sent twice harms nobody, so no answer means: again.

    :raises MessageWasRefused: the server will never take it
    :raises ProviderIsBusy: try again later
    """
    message_id = f"<{key}@kboss>"
    mail = EmailMultiAlternatives(subject, text, to=[to], headers={"Message-ID": message_id})
    mail.attach_alternative(html, "text/html")
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = max(code for code, _text in error.recipients.values())
        raise _failure(code) from error
    except smtplib.SMTPResponseException as error:
        raise _failure(error.smtp_code) from error
    except (smtplib.SMTPException, OSError) as error:
        raise ProviderIsBusy from error
    return message_id


def _failure(code: int) -> MessageWasRefused | ProviderIsBusy:
    return MessageWasRefused(provider_code=str(code)) if code >= PERMANENT else ProviderIsBusy()
