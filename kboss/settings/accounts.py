"""Sign-in: django-allauth, headless, for portal and admin alike. There is no second door."""

from kboss.settings.environment import IS_PRODUCTION, KBOSS_ENVIRONMENT, PUBLIC_URL, env

AUTH_USER_MODEL = "rbac.User"
AUTHENTICATION_BACKENDS = ["apps.rbac.backends.AccountBackend"]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"

# Staff without a second factor get nowhere but to the page where they set it up. Not a variable:
# a production host can't switch it off.
STAFF_MFA_REQUIRED = KBOSS_ENVIRONMENT not in {"sandbox", "test"}

HEADLESS_ONLY = True
HEADLESS_CLIENTS = ("browser",)
HEADLESS_ADAPTER = "apps.rbac.adapters.HeadlessAdapter"
HEADLESS_FRONTEND_URLS = {
    "account_signup": f"{PUBLIC_URL}/signup",
    "account_reset_password": f"{PUBLIC_URL}/password/forgot",
    "account_reset_password_from_key": f"{PUBLIC_URL}/password/reset/{{key}}",
    "account_confirm_email": f"{PUBLIC_URL}/verify/email/{{key}}",
}

_CODE_TRIES, _CODE_SECONDS = 5, 600
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
# How many proxies of ours stand in front and write X-Forwarded-For; without any it is not believed.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("KBOSS_TRUSTED_PROXIES", 0)

ACCOUNT_ADAPTER = "apps.rbac.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "apps.rbac.forms.CompanyForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = _CODE_TRIES
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = _CODE_SECONDS
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = _CODE_TRIES
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = _CODE_SECONDS
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = _CODE_TRIES
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = _CODE_SECONDS
ACCOUNT_LOGIN_TIMEOUT = 1800  # of the whole way through codes and second factor
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Per address and in the cache: a brake, not the lock. The lock is on the account, in the database
# (apps/rbac/services/tries.py).
ACCOUNT_RATE_LIMITS = (
    False
    if KBOSS_ENVIRONMENT == "test"
    else {"login": "60/m/ip", "login_failed": None, "verify_phone": "1/20s/key,20/m/ip"}
)

MFA_ADAPTER = "apps.rbac.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn"]  # recovery codes are our own: hashed
MFA_TOTP_ISSUER = "Kboss"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = True

PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if KBOSS_ENVIRONMENT == "test"
    else [
        "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
    ]
)
_POLICY = "django.contrib.auth.password_validation"
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": f"{_POLICY}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "phone", "display_name")},
    },
    {"NAME": f"{_POLICY}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_POLICY}.CommonPasswordValidator"},
    {"NAME": f"{_POLICY}.NumericPasswordValidator"},
    {"NAME": "apps.rbac.validators.CharacterClasses"},
    {"NAME": "apps.rbac.validators.NotUsedBefore"},
]
# MariaDB has no conditional unique constraints; allauth declares two. One-time codes are counted
# per user here, and the user's own address is unique, so nothing rests on them.
SILENCED_SYSTEM_CHECKS = ["models.W036"]
