"""PAdES signatures with pyHanko: made, and verified."""

import struct
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from io import BytesIO
from tempfile import NamedTemporaryFile

from asn1crypto import cms, keys, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from apps.approvals.seal.paper import Printed
from apps.approvals.seal.press import Identity, Verdict

FIELD = "KbossSeal"
# What pyHanko and its parsers raise at files that are torn beyond reading.
TORN = (
    PdfError,
    SignatureValidationError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
type PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def make_identity(*, company: str, now: datetime, years: int = 10) -> Identity:
    """A self-signed certificate for the sandbox and for tests."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, company[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, company[:64]),
        ]
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=366 * years))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_for_documents(), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _identity([certificate], key)


def read_pkcs12(content: bytes, passphrase: str) -> Identity:
    """The identity in a .p12 or .pfx file.

    :raises ValueError: if the passphrase is wrong, or there is no key or certificate in it
    """
    bag = pkcs12.load_pkcs12(content, passphrase.encode() or None)
    if bag.cert is None or not isinstance(bag.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise ValueError("The file holds no certificate with its private key.")
    above = [extra.certificate for extra in bag.additional_certs]
    return _identity([bag.cert.certificate, *above], bag.key)


def describe(identity: Identity) -> x509.Certificate:
    """The signer's certificate, for its name and dates."""
    return x509.load_pem_x509_certificate(identity.certificates.encode())


def sign(printed: Printed, *, identity: Identity, reason: str, location: str) -> bytes:
    """The form with the seal on it. Certified: nothing may be added to it afterwards."""
    first, *above = _certificates(identity.certificates)
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(above)
    signer = signers.SimpleSigner(
        signing_cert=first,
        signing_key=_private_key(identity.private_key),
        cert_registry=store,
    )
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason,
        location=location,
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    with NamedTemporaryFile(suffix=".pdf") as seal:  # pyHanko takes a stamp by name only
        seal.write(printed.seal)
        seal.flush()
        pdf_signer = signers.PdfSigner(
            metadata,
            signer,
            stamp_style=StaticStampStyle.from_pdf_file(seal.name, border_width=0),
            new_field_spec=SigFieldSpec(FIELD, on_page=printed.page, box=printed.box),
        )
        signed = pdf_signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(printed.pdf)))
    return bytes(signed.getbuffer())


def verify(pdf: bytes, *, certificates: Sequence[str], moment: datetime | None = None) -> Verdict:
    """What pyHanko's validator says of a PDF, trusting the given certificates (PEM) alone."""
    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_signatures
        if len(signatures) != 1 or signatures[0].field_name != FIELD:
            return Verdict(is_intact=False, is_trusted=False)
        trusted = [one for text in certificates for one in _certificates(text)]
        context = ValidationContext(trust_roots=trusted, allow_fetching=False, moment=moment)
        status = validate_pdf_signature(signatures[0], context)
    except TORN:
        return Verdict(is_intact=False, is_trusted=False)
    return Verdict(
        is_intact=status.intact and status.valid and _is_whole(pdf, signatures[0], status),
        is_trusted=status.trusted,
        signed_by=status.signing_cert.subject.native.get("common_name", ""),
        signed_at=status.signer_reported_dt,
    )


def _is_whole(pdf: bytes, signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> bool:
    """Nothing is beside the signed bytes but the signature, padded with zeros.

    The padding is the one place that a signature cannot cover, and that pyHanko does not look at.
    """
    begins, length, resumes, rest = (int(number) for number in signature.byte_range)
    content = signature.pkcs7_content
    used = len(cms.ContentInfo.load(content).dump())
    return (
        status.coverage is SignatureCoverageLevel.ENTIRE_FILE
        and (begins, resumes + rest) == (0, len(pdf))
        and pdf[length:resumes] == b"<%b>" % content.hex().upper().encode()
        and not any(content[used:])
    )


def _for_documents() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _identity(certificates: Sequence[x509.Certificate], key: PrivateKey) -> Identity:
    encoding = serialization.Encoding.PEM
    private_key = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    chain = b"".join(one.public_bytes(encoding) for one in certificates)
    return Identity(certificates=chain.decode(), private_key=private_key.decode())


def _certificates(text: str) -> list[asn1_x509.Certificate]:
    blocks = pem.unarmor(text.encode(), multiple=True)
    return [asn1_x509.Certificate.load(der) for _kind, _headers, der in blocks]


def _private_key(text: str) -> keys.PrivateKeyInfo:
    _kind, _headers, der = pem.unarmor(text.encode())
    return keys.PrivateKeyInfo.load(der)
