"""The bodies of sign-in requests, where allauth's own would race or tell too much."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core import context
from allauth.headless.account.inputs import (
    ChangePasswordInput,
    LoginInput,
    SignupInput,
)
from allauth.headless.internal.restkit import inputs
from allauth.headless.mfa.inputs import (
    ActivateTOTPInput,
    AuthenticateWebAuthnInput,
    ReauthenticateWebAuthnInput,
)
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import get_totp_secret
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from apps.rbac.clients import client_of
from apps.rbac.enums import SignInReason
from apps.rbac.models import User
from apps.rbac.phones import MobileField
from apps.rbac.selectors import totp_secret_of
from apps.rbac.services import second_factor, sign_in, tries


class SignInInput(LoginInput):
    phone = MobileField(required=False)


class SignUpInput(SignupInput):
    account_already_exists: bool
    cleaned_data: dict[str, Any]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        password = cleaned.get("password")
        if password:
            person = User(
                email=cleaned.get("email") or "",
                phone=cleaned.get("phone") or None,
                display_name=cleaned.get("company_name") or "",
            )
            try:
                get_adapter().clean_password(password, user=person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned

    def clean_password(self) -> str:
        return self.cleaned_data["password"]  # judged in clean, together with who it is for

    def try_save(self, request: HttpRequest) -> tuple[User | None, Any]:
        """A taken address or number is answered, and takes as long, as a free one."""
        if not self.account_already_exists:
            try:
                return super().try_save(request)
            except IntegrityError:  # somebody took it between the check and the save
                self.account_already_exists = True
        self._rehearse(request)
        return super().try_save(request)

    @transaction.atomic
    def save(self, request: HttpRequest) -> User:
        return super().save(request)

    def _rehearse(self, request: HttpRequest) -> None:
        """All the work of a sign-up for nobody, undone: measured, it took 40 ms less without."""
        asked = self.cleaned_data
        nobody = {"email": f"{uuid4().hex}@invalid", "phone": f"+{uuid4().int % 10**14}"}
        self.cleaned_data, self.account_already_exists = {**asked, **nobody}, False
        try:
            with transaction.atomic():
                super().save(request)
                transaction.set_rollback(True)
        finally:
            self.cleaned_data, self.account_already_exists = asked, True


class _OnAccount:
    """Counts a try on the account before `check` looks at the secret.

    On a device that the account does not know it also counts among the guesses at the password.
    """

    user: User

    def counted(self, check: Any, reason: SignInReason = SignInReason.WRONG_CODE) -> Any:
        keys, now = [tries.factor_key(self.user)], timezone.now()
        if not sign_in.is_known(user=self.user, client=client_of(context.request)):
            keys.append(tries.account_key(self.user, self.user.email))
        if not all(tries.take_try(limit=tries.SIGN_IN, key=key, now=now) for key in keys):
            self._refuse(SignInReason.TOO_MANY_TRIES)
            raise get_adapter().validation_error("too_many_login_attempts")
        try:
            found = check()
        except ValidationError:
            self._refuse(reason)
            raise
        for key in keys:
            tries.give_back(limit=tries.SIGN_IN, key=key)
        return found

    def _refuse(self, reason: SignInReason) -> None:
        sign_in.record_failure(
            user=self.user,
            login=self.user.email,
            reason=reason,
            client=client_of(context.request),
            now=timezone.now(),
        )


class SecondFactorInput(_OnAccount, inputs.Input):
    """A code of the authenticator app, or a recovery code."""

    code = inputs.CharField(max_length=40)
    is_again = False  # of somebody who is signed in already

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        super().__init__(*args, **kwargs)

    def clean_code(self) -> str:
        self.authenticator = self.counted(self._check)
        return self.cleaned_data["code"]

    def _check(self) -> Authenticator | None:
        code, now = self.cleaned_data["code"], timezone.now()
        secret = totp_secret_of(self.user)
        if secret and second_factor.use_totp(user=self.user, secret=secret, code=code, now=now):
            return Authenticator.objects.get(user=self.user, type=Authenticator.Type.TOTP)
        if second_factor.use_recovery_code(user=self.user, code=code, now=now):
            return None
        raise get_adapter().validation_error("incorrect_code")

    def save(self) -> None:
        if self.authenticator:
            self.authenticator.user = self.user
            post_authentication(context.request, self.authenticator, reauthenticated=self.is_again)
            return
        extra = {"reauthenticated": True} if self.is_again else {}
        record_authentication(
            context.request, self.user, "mfa", type=Authenticator.Type.RECOVERY_CODES, **extra
        )


class SecondFactorAgainInput(SecondFactorInput):
    is_again = True


class KeyInput(_OnAccount, AuthenticateWebAuthnInput):
    def clean_credential(self) -> Authenticator:
        return self.counted(super().clean_credential)


class KeyAgainInput(_OnAccount, ReauthenticateWebAuthnInput):
    def clean_credential(self) -> Authenticator:
        return self.counted(super().clean_credential)


class ActivateTotpInput(_OnAccount, ActivateTOTPInput):
    """Using a code to set the app up uses it up: it does not sign in as well."""

    def clean_code(self) -> str:
        step = self.counted(self._check)
        second_factor.use_step(user=self.user, step=step)
        return self.cleaned_data["code"]

    def _check(self) -> int:
        code, secret = self.cleaned_data["code"], get_totp_secret()
        step = second_factor.step_of(secret, code, timezone.now())
        if step is None:
            raise get_adapter().validation_error("incorrect_code")
        return step


class NewPasswordInput(_OnAccount, ChangePasswordInput):
    """A thief of a session may not guess the password here either."""

    def clean_current_password(self) -> str:
        return self.counted(super().clean_current_password, SignInReason.WRONG_PASSWORD)
