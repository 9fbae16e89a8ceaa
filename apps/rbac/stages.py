"""The steps between a right password and a session: e-mail, mobile, second factor.

Only who signed up by himself proves his address and number; those of other accounts were typed by
staff. The address comes first: a letter is free, a text is not. A sign-up whose address or number
is taken walks the same steps as any other until it meets the one that is taken, whose owner is
told; the person at the keyboard learns nothing.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.email_verification_by_code import (
    EMAIL_VERIFICATION_CODE_SESSION_KEY,
    EmailVerificationProcess,
)
from allauth.account.internal.flows.phone_verification import PhoneVerificationStageProcess
from allauth.account.models import EmailAddress
from allauth.account.stages import EmailVerificationStage, PhoneVerificationStage
from allauth.core.internal.httpkit import headed_redirect_response
from django.http import HttpRequest

from apps.rbac.models import User
from apps.rbac.selectors import is_phone_verified, user_named


class EmailProcess(EmailVerificationProcess):
    """Sends a code to a free address even if the sign-up leads nowhere, as its number is taken."""

    def send(self, skip_enumeration_mails: bool = False) -> None:
        if self.user or user_named(self.email):
            super().send(skip_enumeration_mails)
            return
        letter = "account/email/email_confirmation_signup"
        get_adapter().send_mail(letter, self.email, {"code": self.code})

    @classmethod
    def begin(cls, request: HttpRequest, *, user: User | None, email: str) -> None:
        process = cls(request=request, user=user, state=cls.initial_state(user, email))
        process.generate_code()
        process.send()
        process.persist()

    @classmethod
    def resume(cls, request: HttpRequest) -> "EmailProcess | None":
        state = request.session.get(EMAIL_VERIFICATION_CODE_SESSION_KEY)
        process: EmailProcess | None = (
            cls(request=request, state=state).abort_if_invalid() if state else None
        )
        return process

    def leads_nowhere(self) -> bool:
        return self.user is None

    def forget(self) -> None:
        self.request.session.pop(EMAIL_VERIFICATION_CODE_SESSION_KEY, None)


class EmailStage(EmailVerificationStage):
    def handle(self) -> tuple[Any, bool]:
        user: User | None = self.login.user
        email = user.email if user else self.login.email
        if not email or (user and not _awaits_proof(user)):
            return None, True
        EmailProcess.begin(self.request, user=user, email=email)
        return headed_redirect_response("account_email_verification_sent"), True


class PhoneStage(PhoneVerificationStage):
    def handle(self) -> tuple[Any, bool]:
        user: User | None = self.login.user
        phone = user.phone if user else self.login.phone
        if not phone or (user and is_phone_verified(user)):
            return None, True
        PhoneVerificationStageProcess.initiate(stage=self, phone=phone)
        return headed_redirect_response("account_verify_phone"), True


def _awaits_proof(user: User) -> bool:
    addresses = EmailAddress.objects.filter(user=user)
    return addresses.exists() and not addresses.filter(verified=True).exists()
