"""A security key in software: enough of WebAuthn to register and to sign in."""

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_encode

USER_PRESENT, USER_VERIFIED, HAS_CREDENTIAL = 0x01, 0x04, 0x40


class SoftKey:
    def __init__(self, origin: str = "http://testserver") -> None:
        self.origin = origin
        self.id = os.urandom(32)
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.uses = 0

    def register(self, options: dict[str, Any]) -> dict[str, Any]:
        public = options["publicKey"]
        data = self._client_data("webauthn.create", public["challenge"])
        credential = (
            bytes(16)
            + len(self.id).to_bytes(2, "big")
            + self.id
            + cbor.encode(dict(ES256.from_cryptography_key(self.private.public_key())))
        )
        flags = USER_PRESENT | USER_VERIFIED | HAS_CREDENTIAL
        authenticator_data = self._authenticator_data(public["rp"]["id"], flags) + credential
        attestation = {"fmt": "none", "attStmt": {}, "authData": authenticator_data}
        return self._credential(
            clientDataJSON=data, attestationObject=cbor.encode(attestation), extras=True
        )

    def sign(self, options: dict[str, Any]) -> dict[str, Any]:
        public = options["publicKey"]
        data = self._client_data("webauthn.get", public["challenge"])
        flags = USER_PRESENT | USER_VERIFIED
        authenticator_data = self._authenticator_data(public["rpId"], flags)
        signed = authenticator_data + hashlib.sha256(data).digest()
        return self._credential(
            clientDataJSON=data,
            authenticatorData=authenticator_data,
            signature=self.private.sign(signed, ec.ECDSA(hashes.SHA256())),
        )

    def _client_data(self, kind: str, challenge: str) -> bytes:
        data = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(data).encode()

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        self.uses += 1
        head = hashlib.sha256(rp_id.encode()).digest()
        return head + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _credential(self, *, extras: bool = False, **response: bytes) -> dict[str, Any]:
        encoded: dict[str, Any] = {k: websafe_encode(v) for k, v in response.items()}
        if extras:
            encoded["transports"] = ["internal"]
        key = websafe_encode(self.id)
        return {
            "id": key,
            "rawId": key,
            "type": "public-key",
            "response": encoded,
            "clientExtensionResults": {},
            "authenticatorAttachment": "platform",
        }
