"""The key ring: KBOSS_KEYS="id:base64 of 32 bytes,id:…". The first encrypts, all decrypt."""

import base64
import binascii
import hashlib
import hmac
import os
import re
from dataclasses import dataclass
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

VERSION = "v1"
KEY_BYTES = 32
NONCE_BYTES = 12
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


class KeyRingIsMalformed(Exception):
    """KBOSS_KEYS does not say what it should."""


class DecryptionFailed(Exception):
    """A stored secret cannot be read: another row's, tampered with, or its key is gone."""


@dataclass(frozen=True, repr=False)
class KeyRing:
    """Keys by id, the encrypting one first."""

    keys: dict[str, bytes]

    @classmethod
    def parse(cls, text: str) -> "KeyRing":
        """Read KBOSS_KEYS. :raises KeyRingIsMalformed: naming the entry by position, not by key"""
        keys: dict[str, bytes] = {}
        for number, item in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
            key_id, _, encoded = item.partition(":")
            if not _KEY_ID.fullmatch(key_id) or key_id in keys:
                raise KeyRingIsMalformed(f"entry {number}: its id is malformed or used twice")
            keys[key_id] = _decode_key(encoded, number)
        if not keys:
            raise KeyRingIsMalformed("there is no key")
        return cls(keys)

    @property
    def primary(self) -> str:
        return next(iter(self.keys))

    def encrypt(self, text: str, place: str) -> str:
        """`text` under the first key, readable in `place` (table|column|row) only."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = AESGCM(self.keys[self.primary]).encrypt(nonce, text.encode(), place.encode())
        return ".".join((VERSION, self.primary, _b64(nonce), _b64(sealed)))

    def decrypt(self, token: str, place: str) -> str:
        """:raises DecryptionFailed: never the token itself, never a guess"""
        try:
            version, key_id, nonce, sealed = token.split(".")
            if version != VERSION:
                raise ValueError(version)
            cipher = AESGCM(self.keys[key_id])
            return cipher.decrypt(_unb64(nonce), _unb64(sealed), place.encode()).decode()
        except (ValueError, KeyError, InvalidTag) as error:
            raise DecryptionFailed(f"{place}: {type(error).__name__}") from None

    def index(self, text: str, column: str) -> str:
        """The blind index of `text` under the first key."""
        return self.indexes(text, column)[0]

    def indexes(self, text: str, column: str) -> list[str]:
        """The blind indexes of `text` under each key: what a search must accept meanwhile."""
        return [
            hmac.new(_index_key(key, column), text.encode(), hashlib.sha256).hexdigest()
            for key in self.keys.values()
        ]


def key_ring() -> KeyRing:
    return _parse_once(settings.KBOSS_KEYS)


@lru_cache(maxsize=4)
def _parse_once(text: str) -> KeyRing:
    return KeyRing.parse(text)


@lru_cache(maxsize=256)
def _index_key(key: bytes, column: str) -> bytes:
    """A key for one column, so that equal values in two columns have unlike indexes."""
    info = f"kboss|blind-index|{column}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(key)


def _decode_key(encoded: str, number: int) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyRingIsMalformed(f"entry {number}: not the base64 of {KEY_BYTES} bytes")
    return key


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
