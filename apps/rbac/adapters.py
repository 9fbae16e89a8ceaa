"""How django-allauth works here: limits on the account, our letters, our encryption."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.forms import Field
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.encryption import key_ring
from apps.rbac import ports
from apps.rbac.clients import client_of
from apps.rbac.enums import SignInReason
from apps.rbac.mails import LETTERS
from apps.rbac.models import RecoveryCode, User
from apps.rbac.phones import MobileField
from apps.rbac.selectors import is_phone_verified, user_named
from apps.rbac.services import registration, sign_in, tries
from apps.rbac.services.second_factor import SECRET_PLACE

VERIFICATION_SMS = "rbac.verification_code"
ALREADY_REGISTERED_SMS = "rbac.already_registered"


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up, sign-in and letters."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "tenant_inactive": _("The access of your organization is switched off."),
    }

    # --- passwords: seven wrong tries lock the account, known or not, for devices it does not know

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Nothing: allauth counts in the cache, where tries race and a flush forgets them."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        login = str(credentials.get("email") or credentials.get("phone") or "")
        user = user_named(login)
        key = sign_in.tries_key(user=user, login=login, client=client_of(request))
        if not tries.take_try(limit=tries.SIGN_IN, key=key, now=timezone.now()):
            self._refuse(request, user, login, SignInReason.TOO_MANY_TRIES)
            raise self.validation_error("too_many_login_attempts")
        found: User | None = super().authenticate(request, **credentials)
        if found is None:
            reason = SignInReason.WRONG_PASSWORD if user else SignInReason.UNKNOWN_ACCOUNT
            self._refuse(request, user, login, reason)
            return None
        tries.give_back(limit=tries.SIGN_IN, key=key)
        if not found.is_active:
            self._refuse(request, user, login, SignInReason.INACTIVE)
            raise self.validation_error("account_inactive")
        if not found.tenant.is_active:
            self._refuse(request, user, login, SignInReason.TENANT_INACTIVE)
            raise self.validation_error("tenant_inactive")
        return found

    def reauthenticate(self, user: User, password: str) -> bool:
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def _refuse(
        self, request: HttpRequest, user: User | None, login: str, reason: SignInReason
    ) -> None:
        sign_in.record_failure(
            user=user, login=login, reason=reason, client=client_of(request), now=timezone.now()
        )

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        records = get_authentication_records(request, user)
        method = "+".join(dict.fromkeys(r.get("type") or r["method"] for r in records))
        sign_in.record_success(
            user=user, method=method[:32], client=client_of(request), now=timezone.now()
        )

    def get_login_stages(self) -> list[str]:
        return [
            "apps.rbac.stages.EmailStage",
            "apps.rbac.stages.PhoneStage",
            "allauth.mfa.stages.AuthenticateStage",
        ]

    # --- sign-up ----------------------------------------------------------------------------------

    def new_user(self, request: HttpRequest) -> User:
        return registration.new_portal_user(language=get_language() or settings.LANGUAGE_CODE)

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        data = form.cleaned_data
        user.display_name = data.get("display_name") or data["email"].partition("@")[0][:100]
        user.phone = data.get("phone") or None
        saved: User = super().save_user(request, user, form, commit)
        return saved

    def phone_form_field(self, **kwargs: Any) -> Field:
        return MobileField(**kwargs)

    # --- mobile numbers ---------------------------------------------------------------------------

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, is_phone_verified(user)) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        verified_at = timezone.now() if verified else None
        registration.set_phone(user=user, phone=phone, verified_at=verified_at)

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        found: User | None = User.objects.filter(phone=phone).first()
        return found

    def send_verification_code_sms(
        self, user: User | None, phone: str, code: str, **kwargs: Any
    ) -> None:
        self._send_sms(phone, VERIFICATION_SMS, {"code": code})

    def send_account_already_exists_sms(self, phone: str) -> None:
        self._send_sms(phone, ALREADY_REGISTERED_SMS, {})

    def _send_sms(self, phone: str, template: str, parameters: dict[str, str]) -> None:
        """Texts cost money: at most ten an hour to one number, and silence beyond."""
        if tries.take_try(limit=tries.SMS, key=phone, now=timezone.now()):
            ports.sms_sender().send(phone=phone, template=template, parameters=parameters)

    # --- letters ----------------------------------------------------------------------------------

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        letter = LETTERS[template_prefix]
        values = {name: value for name, value in context.items() if isinstance(value, str)}
        text = render_to_string(
            "rbac/email/letter.txt",
            {
                **values,
                "text": str(letter.text).format(**values),
                "is_warning": letter.is_warning,
                "at": timezone.localtime(context.get("timestamp") or timezone.now()),
                "security_url": f"{settings.PUBLIC_URL}/account/security",
                "public_url": settings.PUBLIC_URL,
            },
        )
        subject = f"[Kboss] {str(letter.subject).format(**values)}"
        to = [email] if isinstance(email, str) else email
        return EmailMessage(subject, text, self.get_from_email(), to, headers=headers)

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        return HttpResponse(status=401)


class MfaAdapter(DefaultMFAAdapter):
    """Second factors: secrets encrypted at rest, recovery codes of our own."""

    def encrypt(self, text: str) -> str:
        return key_ring().encrypt(text, SECRET_PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().decrypt(encrypted_text, SECRET_PLACE)

    def is_mfa_enabled(self, user: Any, types: list[str] | None = None) -> bool:
        if super().is_mfa_enabled(user, types):
            return True
        asked = types is not None and Authenticator.Type.RECOVERY_CODES in types
        return asked and RecoveryCode.objects.filter(user=user, used_at__isnull=True).exists()


class HeadlessAdapter(DefaultHeadlessAdapter):
    """What the portal learns of the user from allauth; the rest is in /api/v1/me/."""
