"""Keys of the sandbox: RSA pairs made once and kept beside its state, and known access keys."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from simulators import refuse_production

ALIPAY_APP_ID = "2021000000000001"
ALIPAY_SELLER_ID = "2088000000000001"
# Public on purpose: they open loopback simulators, and are the defaults of the sandbox settings.
CLOUD_ACCESS_KEYS = {"sandbox-cloud": "sandbox-cloud-secret"}
SMS_ACCESS_KEYS = {"sandbox-sms": "sandbox-sms-secret"}
DINGTALK_CORP_ID = "ding0000000000sandbox"
DINGTALK_APP_KEY = "dingsandboxkboss"
DINGTALK_APP_SECRET = "sandbox-dingtalk-app-secret"  # noqa: S105
DINGTALK_AGENT_ID = "3000000001"
DINGTALK_CALLBACK_TOKEN = "sandbox-dingtalk-token"  # noqa: S105
DINGTALK_CALLBACK_AES_KEY = "a2Jvc3Mtc2FuZGJveC1kaW5ndGFsay1hZXMta2V5ISE"


@dataclass(frozen=True)
class SandboxKeys:
    """Where each side's keys lie. The application reads app_private and alipay_public only."""

    app_private: Path
    app_public: Path
    alipay_private: Path
    alipay_public: Path

    @property
    def alipay_app(self) -> rsa.RSAPublicKey:
        key = serialization.load_pem_public_key(self.app_public.read_bytes())
        if not isinstance(key, rsa.RSAPublicKey):
            raise TypeError(f"{self.app_public} is no RSA key")
        return key

    @property
    def alipay(self) -> rsa.RSAPrivateKey:
        key = serialization.load_pem_private_key(self.alipay_private.read_bytes(), None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{self.alipay_private} is no RSA key")
        return key


def ensure_keys(directory: Path) -> SandboxKeys:
    """
    The sandbox's keys, made on the first call and the same ever after.

    :raises SimulatorsAreForbidden: in production
    """
    refuse_production()
    directory.mkdir(parents=True, exist_ok=True)
    keys = SandboxKeys(
        app_private=directory / "alipay_app_private.pem",
        app_public=directory / "alipay_app_public.pem",
        alipay_private=directory / "alipay_private.pem",
        alipay_public=directory / "alipay_public.pem",
    )
    _ensure_pair(keys.app_private, keys.app_public)
    _ensure_pair(keys.alipay_private, keys.alipay_public)
    return keys


def _ensure_pair(private: Path, public: Path) -> None:
    if private.exists() and public.exists():
        return
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    _write(public, pem)
    _write(
        private,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
    )


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(path)
