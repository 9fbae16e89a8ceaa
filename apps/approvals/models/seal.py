"""The platform's certificate, and the forms that were sealed under it."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.approvals.models.acts import PartQuerySet
from apps.approvals.models.approvals import Approval
from apps.core.encryption import EncryptedTextField, RowKeyed
from apps.core.models import ExactCharField, LockableQuerySet


class SealCertificateQuerySet(LockableQuerySet["SealCertificate"]):
    def current(self) -> "SealCertificate | None":
        """The one that seals now: the last one that came."""
        return self.order_by("-pk").first()


class SealCertificate(RowKeyed):
    """A certificate with its private key. The earlier ones stay, to verify what they sealed."""

    name = models.CharField(_("name"), max_length=200)
    certificates = models.TextField(_("certificates"), help_text=_("PEM, the signer's first."))
    private_key = EncryptedTextField(_("private key"))
    fingerprint = ExactCharField("SHA-256", max_length=64, unique=True)
    is_self_made = models.BooleanField(_("made by Kboss itself"), default=False)
    valid_until = models.DateTimeField(_("valid until"))
    created_at = models.DateTimeField(_("created at"))

    objects = SealCertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate of the seal")
        verbose_name_plural = _("certificates of the seal")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.name


class SealedDocumentQuerySet(PartQuerySet["SealedDocument"]):
    pass


class SealedDocument(models.Model):
    """The approved form as a sealed PDF. Append-only: there is one, and it never changes."""

    approval = models.OneToOneField(
        Approval, models.PROTECT, related_name="sealed", verbose_name=_("approval")
    )
    certificate = models.ForeignKey(
        SealCertificate, models.PROTECT, related_name="+", verbose_name=_("certificate")
    )
    pdf = models.BinaryField("PDF")
    sha256 = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField(_("size"))
    sealed_at = models.DateTimeField(_("sealed at"))

    objects = SealedDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("sealed document")
        verbose_name_plural = _("sealed documents")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        return f"{self.approval.number}.pdf"
