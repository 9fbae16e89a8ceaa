"""
The envelope of DingTalk's HTTP callbacks: AES-256-CBC inside, SHA-1 over sorted parts outside.

Passes DingTalk's published sample. There is no maintained library for it.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from apps.notifications.dingtalk.errors import EnvelopeIsWrong

BLOCK = 32
RANDOM = 16
LENGTH = 4
FRESH = timedelta(seconds=300)


@dataclass(frozen=True)
class Sealed:
    """One message on the wire."""

    signature: str
    timestamp: str
    nonce: str
    encrypt: str


@dataclass(frozen=True)
class Envelope:
    """What a tenant agreed on with DingTalk: token, key, and whose the messages are."""

    token: str = field(repr=False)
    aes_key: str = field(repr=False)
    owner: str

    def open(self, sealed: Sealed, *, now: datetime) -> str:
        """:raises EnvelopeIsWrong: unless it was sealed with our key, for us, a moment ago"""
        expected = self._sign(sealed.timestamp, sealed.nonce, sealed.encrypt)
        if not hmac.compare_digest(expected.encode(), sealed.signature.encode()):
            raise EnvelopeIsWrong
        if not sealed.timestamp.isascii() or not sealed.timestamp.isdigit():
            raise EnvelopeIsWrong
        if abs(now.timestamp() - int(sealed.timestamp) / 1000) > FRESH.total_seconds():
            raise EnvelopeIsWrong
        return self._content(_decrypted(self._cipher(), sealed.encrypt))

    def seal(self, text: str, *, now: datetime) -> Sealed:
        content = text.encode()
        plain = os.urandom(RANDOM) + struct.pack(">I", len(content)) + content
        plain += self.owner.encode()
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        cipher = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        encrypt = base64.b64encode(cipher).decode()
        timestamp, nonce = str(int(now.timestamp() * 1000)), os.urandom(8).hex()
        return Sealed(self._sign(timestamp, nonce, encrypt), timestamp, nonce, encrypt)

    def _content(self, plain: bytes) -> str:
        start = RANDOM + LENGTH
        (length,) = struct.unpack(">I", plain[RANDOM:start].rjust(LENGTH, b"\0"))
        if plain[start + length :] != self.owner.encode():
            raise EnvelopeIsWrong
        try:
            return plain[start : start + length].decode()
        except UnicodeDecodeError as error:
            raise EnvelopeIsWrong from error

    def _sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        joined = "".join(sorted([self.token, timestamp, nonce, encrypt]))
        return hashlib.sha1(joined.encode()).hexdigest()  # noqa: S324  DingTalk's choice

    def _cipher(self) -> Cipher[modes.CBC]:
        key = base64.b64decode(self.aes_key + "=")
        return Cipher(algorithms.AES(key), modes.CBC(key[:RANDOM]))


def is_aes_key(text: str) -> bool:
    """43 characters of base64, which are 32 bytes."""
    try:
        return len(base64.b64decode(text + "=", validate=True)) == BLOCK
    except binascii.Error:
        return False


def _decrypted(cipher: Cipher[modes.CBC], encrypt: str) -> bytes:
    try:
        decryptor = cipher.decryptor()
        secret = base64.b64decode(encrypt, validate=True)
        plain = decryptor.update(secret) + decryptor.finalize()
    except (binascii.Error, ValueError) as error:
        raise EnvelopeIsWrong from error
    padding = plain[-1] if plain else 0
    if not 1 <= padding <= BLOCK or plain[-padding:] != bytes([padding]) * padding:
        raise EnvelopeIsWrong
    return plain[:-padding]
