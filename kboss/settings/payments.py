"""Payment channels. Without key files a channel is not offered."""

from kboss.settings.environment import IS_SANDBOX, PUBLIC_URL, SANDBOX_URLS, VAR_DIR, env

_SANDBOX = {
    "KBOSS_ALIPAY_URL": f"{SANDBOX_URLS.get('alipay')}/gateway.do",
    "KBOSS_ALIPAY_APP_ID": "2021000000000001",
    "KBOSS_ALIPAY_SELLER_ID": "2088000000000001",
    # Made by the simulators when they start for the first time.
    "KBOSS_ALIPAY_APP_PRIVATE_KEY_FILE": str(VAR_DIR / "sandbox" / "alipay_app_private.pem"),
    "KBOSS_ALIPAY_PUBLIC_KEY_FILE": str(VAR_DIR / "sandbox" / "alipay_public.pem"),
}
_PRODUCTION = {"KBOSS_ALIPAY_URL": "https://openapi.alipay.com/gateway.do"}


def _setting(name: str) -> str:
    return str(env.str(name, (_SANDBOX if IS_SANDBOX else _PRODUCTION).get(name, "")))


ALIPAY = {
    "url": _setting("KBOSS_ALIPAY_URL"),
    "app_id": _setting("KBOSS_ALIPAY_APP_ID"),
    "seller_id": _setting("KBOSS_ALIPAY_SELLER_ID"),
    "app_private_key": _setting("KBOSS_ALIPAY_APP_PRIVATE_KEY_FILE"),
    "alipay_public_key": _setting("KBOSS_ALIPAY_PUBLIC_KEY_FILE"),
    "notify_url": f"{PUBLIC_URL}/callbacks/alipay/",
    "return_url": f"{PUBLIC_URL}/wallet/recharges",
}
