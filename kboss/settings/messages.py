"""Mail and SMS. Outside production both end in the sandbox mailbox."""

from kboss.settings.environment import env, required

_mail = env.email_url_config(required("KBOSS_EMAIL_URL", "smtp://127.0.0.1:8104"))
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_HOST = _mail["EMAIL_HOST"]
EMAIL_PORT = _mail["EMAIL_PORT"]
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds; the default waits for ever
DEFAULT_FROM_EMAIL = required("KBOSS_EMAIL_FROM", "Kboss <noreply@kboss.example>")

# Alibaba Cloud dysmsapi. Outside production: the gateway at SANDBOX_URLS["sms"].
SMS_ENDPOINT = env.str("KBOSS_SMS_ENDPOINT", "https://dysmsapi.aliyuncs.com")
SMS_ACCESS_KEY_ID = required("KBOSS_SMS_ACCESS_KEY_ID", "sandbox-sms")
SMS_ACCESS_KEY_SECRET = required("KBOSS_SMS_ACCESS_KEY_SECRET", "sandbox-sms-secret")
SMS_SIGN_NAME = required("KBOSS_SMS_SIGN_NAME", "Kboss")
# Our template to the code under which the provider approved it.
SMS_TEMPLATES = {
    "rbac.verification_code": env.str("KBOSS_SMS_TEMPLATE_CODE", "SMS_VERIFICATION"),
    "rbac.already_registered": env.str("KBOSS_SMS_TEMPLATE_KNOWN", "SMS_ALREADY_REGISTERED"),
    "rbac.new_device": env.str("KBOSS_SMS_TEMPLATE_NEW_DEVICE", "SMS_NEW_DEVICE"),
}
