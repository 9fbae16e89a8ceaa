"""How requests to the sandbox cloud, Alibaba Cloud and Alipay are signed, as they see it."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from simulators.wire import Request

CLOUD_ALGORITHM = "SANDBOX-HMAC-SHA256"
MAX_SKEW_SECONDS = 300
_CLOUD_HEADER = re.compile(rf"{CLOUD_ALGORITHM} Credential=([\w-]+),Signature=([0-9a-f]{{64}})")
_ACS3_HEADER = re.compile(
    r"ACS3-HMAC-SHA256 Credential=([^,]+),\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})"
)


class SignatureIsWrong(Exception):
    """The request was not signed by somebody whom the vendor knows. The text is the error code."""


def canonical_query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(
        sorted(f"{quote(name, safe='~')}={quote(text, safe='~')}" for name, text in pairs)
    )


def check_cloud(request: Request, secrets: Mapping[str, str], now: datetime) -> str:
    """
    The access key that signed this request to the sandbox cloud.

    :raises SignatureIsWrong: unknown key, wrong signature, or a date more than five minutes off
    """
    match = _CLOUD_HEADER.fullmatch(request.headers.get("authorization", ""))
    if match is None or match[1] not in secrets:
        raise SignatureIsWrong("InvalidAccessKeyId")
    date = request.headers.get("x-sandbox-date", "")
    check_age(date, now)
    facts = (
        CLOUD_ALGORITHM,
        date,
        request.method,
        request.path,
        canonical_query(request.query),
        hashlib.sha256(request.body).hexdigest(),
    )
    expected = hmac.new(secrets[match[1]].encode(), "\n".join(facts).encode(), "sha256")
    if not hmac.compare_digest(expected.hexdigest(), match[2]):
        raise SignatureIsWrong("SignatureDoesNotMatch")
    return match[1]


def check_age(date: str, now: datetime) -> None:
    """:raises SignatureIsWrong: if the date is unreadable or more than five minutes off"""
    for form in ("%Y%m%dT%H%M%SZ", "%Y-%m-%dT%H:%M:%SZ"):
        try:
            signed_at = datetime.strptime(date, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        if abs((now - signed_at).total_seconds()) <= MAX_SKEW_SECONDS:
            return
    raise SignatureIsWrong("RequestTimeTooSkewed")


def check_acs3(request: Request, secrets: Mapping[str, str], now: datetime) -> str:
    """
    The access key that signed this request the way Alibaba Cloud wants it (ACS3-HMAC-SHA256).

    :raises SignatureIsWrong: unknown key, wrong signature, or a date more than five minutes off
    """
    match = _ACS3_HEADER.fullmatch(request.headers.get("authorization", ""))
    if match is None or match[1] not in secrets:
        raise SignatureIsWrong("InvalidAccessKeyId.NotFound")
    check_age(request.headers.get("x-acs-date", ""), now)
    names = match[2].split(";")
    digest = hashlib.sha256(request.body).hexdigest()
    facts = (
        request.method,
        request.path,
        canonical_query(request.query),
        "".join(f"{name}:{request.headers.get(name, '').strip()}\n" for name in names),
        match[2],
        digest,
    )
    hashed = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    expected = hmac.new(
        secrets[match[1]].encode(), f"ACS3-HMAC-SHA256\n{hashed}".encode(), "sha256"
    )
    is_same_body = hmac.compare_digest(request.headers.get("x-acs-content-sha256", ""), digest)
    if not (hmac.compare_digest(expected.hexdigest(), match[3]) and is_same_body):
        raise SignatureIsWrong("SignatureDoesNotMatch")
    return match[1]


def alipay_content(fields: Mapping[str, str], without: frozenset[str]) -> bytes:
    """The text that Alipay signs: sorted name=value pairs, empty ones left out."""
    return "&".join(
        f"{name}={text}" for name, text in sorted(fields.items()) if name not in without and text
    ).encode()


def check_alipay(fields: Mapping[str, str], key: RSAPublicKey) -> None:
    """:raises SignatureIsWrong: unless the application's RSA2 signature fits the fields"""
    if fields.get("sign_type") != "RSA2":
        raise SignatureIsWrong("isv.invalid-signature-type")
    try:
        signature = base64.b64decode(fields.get("sign", ""), validate=True)
        content = alipay_content(fields, frozenset({"sign"}))
        key.verify(signature, content, padding.PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError) as error:
        raise SignatureIsWrong("isv.invalid-signature") from error


def sign_rsa2(content: bytes, key: RSAPrivateKey) -> str:
    return base64.b64encode(key.sign(content, padding.PKCS1v15(), SHA256())).decode()
