"""The electronic seal on approved forms."""

import hashlib
from datetime import datetime

from cryptography.hazmat.primitives import hashes
from django.conf import settings
from django.db import transaction
from django.utils.translation import override

from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Approval, SealCertificate, SealedDocument
from apps.approvals.seal.contents import paper_of
from apps.approvals.seal.errors import NotApprovedYet, SealFileIsUnreadable, SealIsMissing
from apps.approvals.seal.paper import print_form
from apps.approvals.seal.press import Identity, press
from apps.core import audit
from apps.rbac.models import Tenant

LANGUAGE = "zh-hans"  # of the form, whoever asks for it


def seal_approval(*, approval: Approval, now: datetime) -> SealedDocument:
    """The approval's sealed PDF; made once. Trusted: called by a job after the decision.

    :raises NotApprovedYet: if there is nothing to seal
    :raises SealIsMissing: in production, until a certificate was imported
    """
    sealed = SealedDocument.objects.filter(approval=approval).first()
    if sealed is not None:
        return sealed
    if approval.status != ApprovalStatus.APPROVED:
        raise NotApprovedYet(number=approval.number)
    certificate = _certificate(now)
    with override(LANGUAGE):
        printed = print_form(paper_of(approval, company=certificate.name))
    identity = Identity(certificate.certificates, certificate.private_key)
    pdf = press().sign(
        printed, identity=identity, reason=approval.number, location=settings.PUBLIC_URL
    )
    return _keep(approval, certificate, pdf, now)


@transaction.atomic
def import_certificate(*, content: bytes, passphrase: str, now: datetime) -> SealCertificate:
    """Seal with the certificate in this PKCS #12 file from now on. Trusted: for the command line.

    :raises SealFileIsUnreadable: if the passphrase is wrong or there is no key in it
    """
    try:
        identity = press().read_pkcs12(content, passphrase)
    except ValueError as error:
        raise SealFileIsUnreadable(reason=str(error)) from error
    return _store(identity, now, is_self_made=False)


@transaction.atomic
def _keep(
    approval: Approval, certificate: SealCertificate, pdf: bytes, now: datetime
) -> SealedDocument:
    # Two jobs may have made one each: the first row stands.
    sealed, is_first = SealedDocument.objects.get_or_create(
        approval=approval,
        defaults={
            "certificate": certificate,
            "pdf": pdf,
            "sha256": hashlib.sha256(pdf).hexdigest(),
            "size": len(pdf),
            "sealed_at": now,
        },
    )
    if is_first:
        audit.record(
            actor=None, verb="approval.sealed", thing=approval, after={"sha256": sealed.sha256}
        )
    return sealed


def _certificate(now: datetime) -> SealCertificate:
    current = SealCertificate.objects.current()
    if current is not None:
        return current
    if settings.IS_PRODUCTION:
        raise SealIsMissing
    platform = Tenant.objects.get_first_root_node()
    with transaction.atomic():
        return _store(press().make_identity(company=platform.name, now=now), now, is_self_made=True)


def _store(identity: Identity, now: datetime, *, is_self_made: bool) -> SealCertificate:
    first = press().describe(identity)
    certificate, is_first = SealCertificate.objects.get_or_create(
        fingerprint=first.fingerprint(hashes.SHA256()).hex(),
        defaults={
            "name": _common_name(identity),
            "certificates": identity.certificates,
            "private_key": identity.private_key,
            "is_self_made": is_self_made,
            "valid_until": first.not_valid_after_utc,
            "created_at": now,
        },
    )
    if is_first:
        audit.record(actor=None, verb="sealcertificate.stored", thing=certificate)
    return certificate


def _common_name(identity: Identity) -> str:
    subject = press().describe(identity).subject
    names = [str(name.value) for name in subject if name.oid.dotted_string in NAME_OIDS]
    return names[-1] if names else subject.rfc4514_string()[:200]


NAME_OIDS = ("2.5.4.10", "2.5.4.3")  # organization, then common name
