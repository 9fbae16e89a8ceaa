"""What sign-in remembers: wrong tries, used codes, devices, events."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.models import ExactCharField
from apps.rbac.enums import SignInOutcome, SignInReason
from apps.rbac.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from apps.rbac.models.users import User


class TryCounter(models.Model):
    """How often a secret was guessed. Counted by conditional UPDATEs alone, so never raced.

    `key` is a digest: of an account, whether it exists or not, or of one code that was sent.
    """

    key = ExactCharField(_("key"), max_length=64, unique=True)
    tries = models.PositiveIntegerField(_("tries"), default=0)
    counts_until = models.DateTimeField(_("counts until"), db_index=True)

    class Meta:
        verbose_name = _("counter of tries")
        verbose_name_plural = _("counters of tries")

    def __str__(self) -> str:
        return f"{self.key[:12]} {self.tries}"


class TotpUse(models.Model):
    """The last time step whose one-time code a person has used up (SEC-1)."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    last_step = models.BigIntegerField(_("last step"))

    class Meta:
        verbose_name = _("use of one-time codes")
        verbose_name_plural = _("uses of one-time codes")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.last_step}"


class RecoveryCode(models.Model):
    """A code that replaces the authenticator once. Only its digest is kept."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="recovery_codes"
    )
    digest = ExactCharField(_("digest"), max_length=64)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        verbose_name = _("recovery code")
        verbose_name_plural = _("recovery codes")
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="recoverycode_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.digest[:8]}"


class PasswordDigest(models.Model):
    """A former password, hashed as Django hashes the present one."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="password_digests"
    )
    encoded = models.CharField(_("hash"), max_length=128)
    set_at = models.DateTimeField(_("set at"), default=timezone.now)

    class Meta:
        verbose_name = _("former password")
        verbose_name_plural = _("former passwords")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.user_id} {self.set_at:%Y-%m-%d}"


class PhoneVerification(models.Model):
    """A mobile number that its user typed himself and must prove. No row: staff vouched for it."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+"
    )
    phone = models.CharField(_("mobile"), max_length=20)
    verified_at = models.DateTimeField(_("verified at"), null=True)

    class Meta:
        verbose_name = _("verification of a mobile")
        verbose_name_plural = _("verifications of mobiles")

    def __str__(self) -> str:
        return f"{self.user_id} {self.verified_at or '—'}"


class OfUserQuerySet[M: models.Model](ScopedQuerySet[M]):
    """Rows about one user: his own, and for staff those of the users whom they may see."""

    tenant_path = "user__tenant"
    customer_path = None
    owner_path = "user"

    def visible_to(self, user: "User") -> Self:
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        others = super().visible_to(user) if user.is_staff else self.none()
        return self.filter(Q(user=user) | Q(pk__in=others.values("pk")))

    def of(self, user: "User") -> Self:
        return self.filter(user=user)


class KnownDevice(models.Model):
    """A browser from which a user has signed in. Its cookie is kept as a digest."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        related_name="known_devices",
        verbose_name=_("user"),
    )
    digest = ExactCharField(_("digest"), max_length=64)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    first_seen_at = models.DateTimeField(_("first seen at"), default=timezone.now)
    last_seen_at = models.DateTimeField(_("last seen at"), default=timezone.now)
    last_ip = models.GenericIPAddressField(_("last IP address"), null=True)

    objects = OfUserQuerySet["KnownDevice"].as_manager()

    class Meta:
        verbose_name = _("known device")
        verbose_name_plural = _("known devices")
        ordering = ("-last_seen_at",)
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="knowndevice_once")]

    def __str__(self) -> str:
        return self.user_agent[:80] or self.digest[:8]


class SignInEventQuerySet(OfUserQuerySet["SignInEvent"]):
    def failures(self) -> Self:
        return self.exclude(outcome=SignInOutcome.SUCCESS)


class SignInEvent(models.Model):
    """One try to sign in, whoever it was. Written once, never edited."""

    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        related_name="sign_in_events",
        verbose_name=_("user"),
    )
    login = models.CharField(_("name that was typed"), max_length=254, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=SignInOutcome)
    reason = models.CharField(_("reason"), max_length=32, choices=SignInReason, blank=True)
    method = models.CharField(_("method"), max_length=32, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    device = models.ForeignKey(
        KnownDevice,
        models.SET_NULL,
        null=True,
        related_name="sign_in_events",
        verbose_name=_("device"),
    )
    is_new_device = models.BooleanField(_("new device"), default=False)

    objects = SignInEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-in")
        verbose_name_plural = _("sign-ins")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["user", "-at"], name="signinevent_of_user")]

    def __str__(self) -> str:
        return f"{self.login or self.user_id} {self.get_outcome_display()}"
