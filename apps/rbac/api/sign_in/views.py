"""Doors of /_allauth/ that replace those of django-allauth.

What they have in common: tries are counted in the database before the secret is compared, and a
refusal by our own rules reads like one of theirs.
"""

from typing import Any

from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.core.exceptions import RateLimited
from allauth.headless.account import views as account
from allauth.headless.account.inputs import ResetPasswordKeyInput
from allauth.headless.account.response import PasswordResetKeyResponse
from allauth.headless.base.response import (
    AuthenticationResponse,
    ConflictResponse,
    RateLimitResponse,
    ReauthenticationResponse,
)
from allauth.headless.base.views import AuthenticatedAPIView
from allauth.headless.constants import Flow
from allauth.headless.internal.restkit.response import APIResponse, ErrorResponse
from allauth.headless.mfa import views as mfa
from allauth.headless.mfa.response import _authenticator_data
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import flows as totp_flows
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.core.errors import DomainError
from apps.rbac.api.sign_in import inputs
from apps.rbac.clients import client_of
from apps.rbac.errors import StepUpRequired
from apps.rbac.models import RecoveryCode
from apps.rbac.selectors import has_mfa
from apps.rbac.services import passwords, registration, second_factor, sign_in, step_up, tries
from apps.rbac.stages import EmailProcess


class StepUpResponse(ReauthenticationResponse):
    """ "Is it you?", as allauth asks it, but the password is no answer."""

    def _get_flows(self, request: HttpRequest, user: Any) -> list[Any]:
        flows = super()._get_flows(request, user)
        return [flow for flow in flows if flow["id"] == Flow.MFA_REAUTHENTICATE]


class Plain:
    """Answers our own refusals, and allauth's forgotten one, in allauth's shape."""

    request: HttpRequest

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        except StepUpRequired:
            return StepUpResponse(request)
        except DomainError as error:
            errors = [{"message": str(error), "code": error.code}]
            return APIResponse(request, errors=errors, status=error.status)
        except RateLimited:
            return RateLimitResponse(request)

    def ensure_step_up(self, action: str) -> None:
        """Who has a second factor gives it again for this act; others gave their password."""
        user = self.request.user
        step_up.ensure_confirmed(
            self.request.session, user=user, action=action, now=timezone.now(), without_mfa=True
        )


class CountedCode(Plain):
    """At most five guesses at one code, whether they come in a row or at once.

    allauth counts in the session, where ten requests at the same time all read the same zero.
    """

    process: AbstractCodeVerificationProcess | None

    def handle_input(self, data: Any) -> HttpResponse | None:
        return self._out_of_tries() or super().handle_input(data)  # type: ignore[misc]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._out_of_tries() or self.look(request)

    def look(self, request: HttpRequest) -> HttpResponse:
        return super().get(request)  # type: ignore[misc]

    def _out_of_tries(self) -> HttpResponse | None:
        if self.process is None or self.has_try_left(self.process):
            return None
        self.process.abort()
        return ConflictResponse(self.request)

    def has_try_left(self, process: AbstractCodeVerificationProcess) -> bool:
        state = process.state
        target = f"{state.get('email')}|{state.get('phone')}|{state['at']!r}"
        key = f"{type(process).__name__}|{state.get('user_id')}|{target}"
        return tries.take_try(limit=tries.CODE, key=key, now=timezone.now())


# --- sign-up and sign-in -----------------------------------------------------------------------


class SignUpView(Plain, account.SignupView):
    input_class = {"POST": inputs.SignUpInput}


class SignInView(Plain, account.LoginView):
    input_class = inputs.SignInInput


class VerifyEmailView(CountedCode, account.VerifyEmailView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        process = EmailProcess.resume(request)
        if self.stage and process and process.leads_nowhere():
            process.forget()
            return AuthenticationResponse.from_response(request, self.stage.exit())
        return super().post(request, *args, **kwargs)


class ResendEmailCodeView(Plain, account.ResendEmailVerificationCodeView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        process = EmailProcess.resume(request)
        if not process or not process.can_resend:
            return ConflictResponse(request)
        process.resend()
        return APIResponse(request)


class VerifyPhoneView(CountedCode, account.VerifyPhoneView):
    def look(self, request: HttpRequest) -> HttpResponse:
        return self.http_method_not_allowed(request)


class SecondFactorView(Plain, mfa.AuthenticateView):
    input_class = inputs.SecondFactorInput


class SecurityKeyView(Plain, mfa.AuthenticateWebAuthnView):
    input_class = {"POST": inputs.KeyInput}


# --- being sure that it is still the same person -------------------------------------------------


class FactorAgain(Plain):
    """Also confirms the act that was refused a moment ago, and no other (SEC-2)."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)  # type: ignore[misc]
        step_up.confirm_pending(request.session, user=request.user, now=timezone.now())
        return response


class SecondFactorAgainView(FactorAgain, mfa.ReauthenticateView):
    input_class = inputs.SecondFactorAgainInput


class SecurityKeyAgainView(FactorAgain, mfa.ReauthenticateWebAuthnView):
    input_class = {"POST": inputs.KeyAgainInput}


# --- passwords -----------------------------------------------------------------------------------


class ResetPasswordView(CountedCode, account.ResetPasswordView):
    """Also limits the guesses at one account over all its codes: 7 in 30 minutes."""

    def has_try_left(self, process: AbstractCodeVerificationProcess) -> bool:
        key = tries.account_key(process.user, str(process.state.get("email")))
        return super().has_try_left(process) and tries.take_try(
            limit=tries.RESET, key=key, now=timezone.now()
        )

    def look(self, request: HttpRequest) -> HttpResponse:
        # allauth crashes here for an unknown account, and so tells which ones are known.
        typed = {"key": request.headers.get("X-Password-Reset-Key", "")}
        asked = ResetPasswordKeyInput(typed, code=self.process.code)
        if not asked.is_valid():
            self.process.record_invalid_attempt()
            return ErrorResponse(request, input=asked)
        self._was_right()
        self.process.confirm_code()
        return PasswordResetKeyResponse(request, self.process.user)

    def handle_invalid_input(self, input: Any) -> HttpResponse:
        if "key" not in input.errors:  # the code was right, the new password too weak
            self._was_right()
        return super().handle_invalid_input(input)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self._was_right()
        user = self.input.user
        response = super().post(request, *args, **kwargs)
        if not has_mfa(user):  # who has the mailbox alone must not get new tries at the factor
            here = sign_in.tries_key(user=user, login=user.email, client=client_of(request))
            for key in {here, tries.account_key(user, user.email), tries.factor_key(user)}:
                tries.forget_tries(limit=tries.SIGN_IN, key=key)
        passwords.record_change(user=user)
        return response

    def _was_right(self) -> None:
        tries.give_back(
            limit=tries.RESET,
            key=tries.account_key(self.process.user, str(self.process.state.get("email"))),
        )


class ChangePasswordView(Plain, account.ChangePasswordView):
    input_class = inputs.NewPasswordInput

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        passwords.record_change(user=request.user)
        return response


# --- address, number and second factors: none changes without the present factor ------------------


class AddressView(Plain, account.ManageEmailView):
    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET" and request.user.is_authenticated:
            self.ensure_step_up("change-email")
            registration.vouch_for_address(user=request.user)
        return super().handle(request, *args, **kwargs)


class NumberView(Plain, account.ManagePhoneView):
    def handle(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "GET" and request.user.is_authenticated:
            self.ensure_step_up("change-phone")
        return super().handle(request, *args, **kwargs)


class TotpView(Plain, mfa.ManageTOTPView):
    input_class = {"POST": inputs.ActivateTotpInput}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who has just shown a code of the app need not sign in again with the next one."""
        is_first = not has_mfa(request.user)
        authenticator, _ = totp_flows.activate_totp(request, self.input)
        record_authentication(
            request, request.user, "mfa", id=authenticator.pk, type=authenticator.type
        )
        meta = _new_codes(request) if is_first else None
        return APIResponse(request, data=_authenticator_data(authenticator), meta=meta)

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.ensure_step_up("change-mfa")
        response = super().delete(request, *args, **kwargs)
        _drop_dangling_codes(request)
        return response


class SecurityKeysView(Plain, mfa.ManageWebAuthnView):
    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        is_first = not has_mfa(request.user)
        if not is_first:
            self.ensure_step_up("change-mfa")
        response = super().post(request, *args, **kwargs)
        if is_first:
            key = Authenticator.objects.filter(user=request.user).latest("pk")
            record_authentication(request, request.user, "mfa", id=key.pk, type=key.type)
            return APIResponse(request, data=_authenticator_data(key), meta=_new_codes(request))
        return response

    def delete(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        self.ensure_step_up("change-mfa")
        response = super().delete(request, *args, **kwargs)
        _drop_dangling_codes(request)
        return response


class RecoveryCodesView(Plain, AuthenticatedAPIView):
    """How many codes are left; POST makes ten new ones and shows them, this once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if not RecoveryCode.objects.filter(user=request.user).exists():
            return APIResponse(request, status=404)
        return APIResponse(request, data=_codes_data(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        self.ensure_step_up("change-mfa")
        raise_if_reauthentication_required(request, app="allauth.mfa")
        codes = _new_codes(request)["recovery_codes"]
        return APIResponse(request, data={**_codes_data(request), "unused_codes": codes})


class FactorsView(mfa.AuthenticatorsView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        rows = Authenticator.objects.filter(user=request.user).order_by("pk")
        data = [_authenticator_data(row) for row in rows]
        if RecoveryCode.objects.filter(user=request.user).exists():
            data.append(_codes_data(request))
        return APIResponse(request, data=data)


def _codes_data(request: HttpRequest) -> dict[str, Any]:
    codes = list(RecoveryCode.objects.filter(user=request.user))
    used = [code.used_at for code in codes if code.used_at]
    return {
        "type": Authenticator.Type.RECOVERY_CODES,
        "created_at": codes[0].created_at.timestamp(),
        "last_used_at": max(used).timestamp() if used else None,
        "total_code_count": len(codes),
        "unused_code_count": len(codes) - len(used),
    }


def _new_codes(request: HttpRequest) -> dict[str, Any]:
    codes = second_factor.issue_recovery_codes(user=request.user, now=timezone.now())
    return {"recovery_codes_generated": True, "recovery_codes": codes}


def _drop_dangling_codes(request: HttpRequest) -> None:
    if not has_mfa(request.user):
        second_factor.drop_recovery_codes(user=request.user)
