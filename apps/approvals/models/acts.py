import hashlib
import json
from typing import TYPE_CHECKING, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.approvals.enums import ApprovalVerb, Door
from apps.approvals.models.approvals import Approval, Step
from apps.core.models import history
from apps.rbac.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from apps.rbac.models import User


class PartQuerySet[M: models.Model](ScopedQuerySet[M]):
    """Rows that are a part of an approval: whoever sees it sees them."""

    tenant_path = "approval__tenant"
    customer_path = None
    owner_path = "approval__applicant"

    def visible_to(self, user: "User") -> Self:
        return self.filter(approval__in=Approval.objects.visible_to(user))


class ActQuerySet(PartQuerySet["Act"]):
    pass


class Act(models.Model):
    """Who did what to an approval. Append-only; each digest covers the act before it."""

    approval = models.ForeignKey(
        Approval, models.PROTECT, related_name="acts", verbose_name=_("approval")
    )
    verb = models.CharField(_("act"), max_length=16, choices=ApprovalVerb)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    # Whom it concerned: handed on to, added, copied, urged.
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    step = models.ForeignKey(
        Step, models.PROTECT, null=True, blank=True, related_name="acts", verbose_name=_("step")
    )
    step_name = models.CharField(_("name of the step"), max_length=100, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    door = models.CharField(_("door"), max_length=16, choices=Door)
    form_hash = models.CharField(_("digest of the form"), max_length=64)
    at = models.DateTimeField(_("at"))
    previous = models.CharField(_("digest before"), max_length=64, blank=True)
    digest = models.CharField(_("digest"), max_length=64)

    objects = ActQuerySet.as_manager()

    class Meta:
        verbose_name = _("act")
        verbose_name_plural = _("acts")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["approval", "previous"], name="act_follows_one")
        ]

    def __str__(self) -> str:
        return f"{self.approval} · {self.get_verb_display()}"

    def computed_digest(self) -> str:
        """What the digest must be, from the row alone."""
        content = {
            "approval": self.approval_id,
            "verb": str(self.verb),
            "actor": self.actor_id,
            "on_behalf_of": self.on_behalf_of_id,
            "person": self.person_id,
            "step": self.step_id,
            "note": self.note,
            "door": str(self.door),
            "form_hash": self.form_hash,
            "at": self.at.timestamp(),
            "previous": self.previous,
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


class CommentQuerySet(PartQuerySet["Comment"]):
    pass


class Comment(models.Model):
    """A word on an approval that decides nothing."""

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="comments", verbose_name=_("approval")
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("author")
    )
    text = models.TextField(_("text"), max_length=2000)
    at = models.DateTimeField(_("at"))
    history = history()

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("comment")
        verbose_name_plural = _("comments")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text[:50]


def stored_name(attachment: "Attachment", name: str) -> str:
    """Where the file lies: under a name that nobody can guess, without the sender's."""
    suffix = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    return f"approvals/{attachment.at:%Y/%m}/{uuid4().hex}{suffix}"


class AttachmentQuerySet(PartQuerySet["Attachment"]):
    pass


class Attachment(models.Model):
    """A file with a request. Served by views that ask who reads, never by its path."""

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="attachments", verbose_name=_("approval")
    )
    name = models.CharField(_("name"), max_length=200)
    file = models.FileField(_("file"), upload_to=stored_name, max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField("SHA-256", max_length=64)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )
    at = models.DateTimeField(_("at"))

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.name


class CopyQuerySet(PartQuerySet["Copy"]):
    pass


class Copy(models.Model):
    """A person who is told of an approval, and may read it."""

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="copies", verbose_name=_("approval")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="approval_copies",
        verbose_name=_("person"),
    )
    copied_at = models.DateTimeField(_("copied at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)

    objects = CopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy")
        verbose_name_plural = _("copies")
        ordering = ("-pk",)
        constraints = [models.UniqueConstraint(fields=["approval", "user"], name="copy_once")]

    def __str__(self) -> str:
        return f"{self.approval} → {self.user}"
