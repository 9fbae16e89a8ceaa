"""/_allauth/: our own doors first, django-allauth's for the rest."""

from allauth.headless.constants import Client
from django.urls import include, path

from apps.rbac.api.sign_in import views

OWN = {
    "auth/signup": views.SignUpView,
    "auth/login": views.SignInView,
    "auth/email/verify": views.VerifyEmailView,
    "auth/email/verify/resend": views.ResendEmailCodeView,
    "auth/phone/verify": views.VerifyPhoneView,
    "auth/2fa/authenticate": views.SecondFactorView,
    "auth/2fa/reauthenticate": views.SecondFactorAgainView,
    "auth/webauthn/authenticate": views.SecurityKeyView,
    "auth/webauthn/reauthenticate": views.SecurityKeyAgainView,
    "auth/password/reset": views.ResetPasswordView,
    "account/password/change": views.ChangePasswordView,
    "account/email": views.AddressView,
    "account/phone": views.NumberView,
    "account/authenticators": views.FactorsView,
    "account/authenticators/totp": views.TotpView,
    "account/authenticators/webauthn": views.SecurityKeysView,
    "account/authenticators/recovery-codes": views.RecoveryCodesView,
}

urlpatterns = [
    *(
        path(f"browser/v1/{route}", view.as_api_view(client=Client.BROWSER))
        for route, view in OWN.items()
    ),
    path("", include("allauth.headless.urls")),
]
