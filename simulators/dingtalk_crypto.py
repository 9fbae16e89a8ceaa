"""The envelope of DingTalk's HTTP callbacks, written from its published description."""

import base64
import hashlib
import os
import struct
import time

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
RANDOM = 16


class EnvelopeIsWrong(ValueError):
    """The signature, the padding or the owner does not fit."""


class Envelope:
    def __init__(self, token: str, aes_key: str, owner: str) -> None:
        self._token, self._owner = token, owner
        self._key = base64.b64decode(aes_key + "=")

    def seal(self, text: str, *, timestamp: str = "") -> dict[str, str]:
        """msg_signature, timeStamp, nonce and encrypt of one message."""
        content = text.encode()
        plain = os.urandom(RANDOM) + struct.pack(">I", len(content)) + content
        plain += self._owner.encode()
        padding = BLOCK - len(plain) % BLOCK
        encryptor = self._cipher().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        encrypt = base64.b64encode(sealed).decode()
        timestamp = timestamp or str(int(time.time() * 1000))
        nonce = os.urandom(8).hex()
        return {
            "msg_signature": self.sign(timestamp, nonce, encrypt),
            "timeStamp": timestamp,
            "nonce": nonce,
            "encrypt": encrypt,
        }

    def open(self, signature: str, timestamp: str, nonce: str, encrypt: str) -> str:
        """:raises EnvelopeIsWrong: unless it was sealed for this owner with this key"""
        if self.sign(timestamp, nonce, encrypt) != signature:
            raise EnvelopeIsWrong("signature")
        decryptor = self._cipher().decryptor()
        plain = decryptor.update(base64.b64decode(encrypt)) + decryptor.finalize()
        plain = plain[: -plain[-1]]
        (length,) = struct.unpack(">I", plain[RANDOM : RANDOM + 4])
        start = RANDOM + 4
        if plain[start + length :].decode() != self._owner:
            raise EnvelopeIsWrong("owner")
        return plain[start : start + length].decode()

    def sign(self, timestamp: str, nonce: str, encrypt: str) -> str:
        joined = "".join(sorted([self._token, timestamp, nonce, encrypt]))
        return hashlib.sha1(joined.encode()).hexdigest()  # noqa: S324  DingTalk's choice

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:RANDOM]))
