"""What signs and verifies. pyHanko takes a second to import: only who seals a form pays for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from cryptography import x509

from apps.approvals.seal.paper import Printed


@dataclass(frozen=True)
class Identity:
    """Who seals: a certificate with those above it, and its private key, all as PEM."""

    certificates: str  # the signer's first
    private_key: str


@dataclass(frozen=True)
class Verdict:
    """What a PDF's signature is worth."""

    is_intact: bool  # not one byte was changed, and nothing was added
    is_trusted: bool  # made under one of the given certificates
    signed_by: str = ""
    signed_at: datetime | None = None

    @property
    def is_valid(self) -> bool:
        return self.is_intact and self.is_trusted


class Press(Protocol):
    """apps.approvals.seal.signature"""

    def make_identity(self, *, company: str, now: datetime) -> Identity: ...

    def read_pkcs12(self, content: bytes, passphrase: str) -> Identity: ...

    def describe(self, identity: Identity) -> x509.Certificate: ...

    def sign(
        self, printed: Printed, *, identity: Identity, reason: str, location: str
    ) -> bytes: ...

    def verify(self, pdf: bytes, *, certificates: Sequence[str]) -> Verdict: ...


@cache
def press() -> Press:
    return cast("Press", import_module("apps.approvals.seal.signature"))
