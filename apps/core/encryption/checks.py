"""The key ring must be there, be well formed, and be apart from SECRET_KEY."""

import base64
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from apps.core.encryption.keys import KeyRing, KeyRingIsMalformed


@register(Tags.security)
def key_ring_is_sound(**_: Any) -> list[CheckMessage]:
    """Whoever rotates SECRET_KEY, or leaks it with a session, must not touch the secrets."""
    try:
        ring = KeyRing.parse(settings.KBOSS_KEYS)
    except KeyRingIsMalformed as malformed:
        return [Error(f"KBOSS_KEYS: {malformed}", id="core.E003")]
    secret = str(settings.SECRET_KEY)
    if any(
        secret in (base64.b64encode(key).decode(), key.hex()) or secret.encode() == key
        for key in ring.keys.values()
    ):
        return [Error("KBOSS_KEYS holds SECRET_KEY: they must differ", id="core.E004")]
    if not settings.IS_SANDBOX and any(name.startswith("sandbox") for name in ring.keys):
        return [Error("KBOSS_KEYS holds the published sandbox key", id="core.E005")]
    return []
