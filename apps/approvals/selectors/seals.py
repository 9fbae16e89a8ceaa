import hashlib
from dataclasses import replace

from apps.approvals.enums import ApprovalStatus
from apps.approvals.models import Approval, SealCertificate, SealedDocument
from apps.approvals.models.approvals import ApprovalQuerySet
from apps.approvals.seal.press import Verdict, press


def sealed_document(approval: Approval) -> SealedDocument | None:
    """The sealed form of an approval, once the job has made it."""
    return SealedDocument.objects.filter(approval=approval).select_related("approval").first()


def is_sealed(approval: Approval) -> bool:
    """Whether there is a sealed form, without reading it."""
    return SealedDocument.objects.filter(approval=approval).exists()


def unsealed() -> ApprovalQuerySet:
    """Approved, and without its sealed form yet."""
    return Approval.objects.filter(status=ApprovalStatus.APPROVED, sealed__isnull=True)


def verdict_on(pdf: bytes) -> Verdict:
    """Whether a file is a form sealed under a certificate of this platform, and unchanged."""
    certificates = SealCertificate.objects.values_list("certificates", flat=True)
    verdict = press().verify(bytes(pdf), certificates=list(certificates))
    # A signature does not bind every byte of itself. The digest that was stored does.
    digest = hashlib.sha256(pdf).hexdigest()
    is_ours = SealedDocument.objects.filter(sha256=digest).exists()
    return replace(verdict, is_intact=verdict.is_intact and is_ours)
