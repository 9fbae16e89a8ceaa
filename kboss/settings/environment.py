"""Where this process runs, and the secrets that it was given."""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
env.read_env(BASE_DIR / ".env")  # written by `make run`; real variables win over it

# "production" is the default: whoever forgets to say where he is gets the strict one.
KBOSS_ENVIRONMENT = env.str("KBOSS_ENVIRONMENT", "production")
if KBOSS_ENVIRONMENT not in {"production", "sandbox", "test"}:
    raise ImproperlyConfigured("KBOSS_ENVIRONMENT is production, sandbox or test.")
IS_PRODUCTION = KBOSS_ENVIRONMENT == "production"
IS_SANDBOX = not IS_PRODUCTION


def required(name: str, sandbox: str) -> str:
    """A variable that production must set; outside it there is a value to begin with."""
    return str(env.str(name) if IS_PRODUCTION else env.str(name, sandbox))


SECRET_KEY = required("KBOSS_SECRET_KEY", "sandbox-only-secret-key-that-guards-nothing-of-value")
# "id:base64 of 32 bytes, …": the first encrypts, all decrypt; see docs/settings.md.
KBOSS_KEYS = required("KBOSS_KEYS", "sandbox:a2Jvc3Mtc2FuZGJveC1rZXktb2YtMzItYnl0ZXMhISE=")
DEBUG = False
ALLOWED_HOSTS = env.list("KBOSS_ALLOWED_HOSTS", default=[] if IS_PRODUCTION else ["*"])
PUBLIC_URL = required("KBOSS_PUBLIC_URL", f"http://127.0.0.1:{env.str('PORT', '8000')}")
CSRF_TRUSTED_ORIGINS = env.list("KBOSS_CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL])

# The outside world as simulators on loopback; production has none.
SANDBOX_URLS: dict[str, str] = (
    {}
    if IS_PRODUCTION
    else {
        "cloud": env.str("KBOSS_SANDBOX_CLOUD_URL", "http://127.0.0.1:8101"),
        "alipay": env.str("KBOSS_SANDBOX_ALIPAY_URL", "http://127.0.0.1:8102"),
        "sms": env.str("KBOSS_SANDBOX_SMS_URL", "http://127.0.0.1:8103"),
        "mailbox": env.str("KBOSS_SANDBOX_MAILBOX_URL", "http://127.0.0.1:8103"),
        "dingtalk": env.str("KBOSS_SANDBOX_DINGTALK_URL", "http://127.0.0.1:8105"),
    }
)
