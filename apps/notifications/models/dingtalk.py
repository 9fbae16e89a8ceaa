"""What we know of a tenant's DingTalk: its keys, its people, and what passed between us."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.encryption import EncryptedTextField, RowKeyed, last4
from apps.core.models import ExactCharField, history
from apps.notifications.dingtalk.states import (
    DINGTALK_INSTANCE_FLOW,
    DingtalkDoor,
    DingtalkInstanceStatus,
)
from apps.rbac.scoping import ScopedQuerySet


class DingtalkSettingsQuerySet(ScopedQuerySet["DingtalkSettings"]):
    customer_path = None
    owner_path = None

    def serving(self, tenant_path: str) -> "DingtalkSettingsQuerySet":
        """Active settings of the tenant at this tree path and of those above, nearest first."""
        step = 4  # treebeard's steplen
        paths = [tenant_path[:end] for end in range(step, len(tenant_path) + 1, step)]
        nearest = self.filter(is_active=True, tenant__path__in=paths)
        return nearest.order_by("-tenant__depth", "pk")


class OfSettingsQuerySet[M: models.Model](ScopedQuerySet[M]):
    """Rows that belong to the settings of a tenant; no customer sees them."""

    tenant_path = "settings__tenant"
    customer_path = None
    owner_path = None


class DingtalkSettings(RowKeyed):
    """The application that a tenant has at DingTalk. Secrets are encrypted, never shown again."""

    tenant = models.OneToOneField(
        "rbac.Tenant", models.PROTECT, related_name="dingtalk", verbose_name=_("tenant")
    )
    app_key = ExactCharField(_("AppKey"), max_length=128)
    app_secret = EncryptedTextField(_("AppSecret"))
    agent_id = models.CharField(_("AgentId"), max_length=32, help_text=_("Sender of work notices."))
    originator_userid = ExactCharField(
        _("userid that sends for others"),
        max_length=64,
        blank=True,
        help_text=_("Sends the requests of people without a DingTalk id, such as customers."),
    )
    callback_token = EncryptedTextField(_("callback token"), blank=True)
    callback_aes_key = EncryptedTextField(_("callback AES key"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    tested_at = models.DateTimeField(_("tested at"), null=True, blank=True, editable=False)
    test_problem = models.CharField(_("problem"), max_length=200, blank=True, editable=False)
    people_synced_at = models.DateTimeField(
        _("people synchronized at"), null=True, blank=True, editable=False
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    history = history(
        secret=[
            "app_secret",
            "callback_token",
            "callback_aes_key",
            "tested_at",
            "test_problem",
            "people_synced_at",
        ]
    )

    objects = DingtalkSettingsQuerySet.as_manager()

    class Meta:
        verbose_name = _("DingTalk settings")
        verbose_name_plural = _("DingTalk settings")
        ordering = ("pk",)
        permissions = [("test_dingtalksettings", "Can test the connection to DingTalk")]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} · {self.tenant}"

    @property
    def secret_tails(self) -> dict[str, str]:
        """Enough to tell two secrets apart: ****cdef. Those that are not set are not listed."""
        secrets = {
            "AppSecret": self.app_secret,
            "Token": self.callback_token,
            "AES": self.callback_aes_key,
        }
        return {name: last4(secret) for name, secret in secrets.items() if secret}


class DingtalkProcess(models.Model):
    """Which approval form at DingTalk stands for which kind of approval here."""

    settings = models.ForeignKey(DingtalkSettings, models.CASCADE, related_name="processes")
    kind = models.CharField(_("kind of approval"), max_length=64)
    process_code = ExactCharField(_("process code"), max_length=64)
    tested_at = models.DateTimeField(_("tested at"), null=True, blank=True, editable=False)
    test_problem = models.CharField(_("problem"), max_length=300, blank=True, editable=False)
    history = history(secret=["tested_at", "test_problem"])

    objects = OfSettingsQuerySet["DingtalkProcess"].as_manager()

    class Meta:
        verbose_name = _("process code")
        verbose_name_plural = _("process codes")
        ordering = ("kind",)
        constraints = [
            models.UniqueConstraint(fields=["settings", "kind"], name="dingtalkprocess_kind_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.process_code}"


class DingtalkUser(models.Model):
    """Who one of our people is at DingTalk."""

    settings = models.ForeignKey(
        DingtalkSettings, models.PROTECT, related_name="people", verbose_name=_("DingTalk settings")
    )
    user = models.OneToOneField(
        "rbac.User", models.PROTECT, related_name="dingtalk", verbose_name=_("user")
    )
    userid = ExactCharField(_("DingTalk userid"), max_length=64)
    unionid = ExactCharField(_("unionid"), max_length=64, blank=True)
    history = history()

    objects = OfSettingsQuerySet["DingtalkUser"].as_manager()

    class Meta:
        verbose_name = _("person at DingTalk")
        verbose_name_plural = _("people at DingTalk")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["settings", "userid"], name="dingtalkuser_userid_once"),
            models.CheckConstraint(condition=~Q(userid=""), name="dingtalkuser_userid_given"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ({self.userid})"


class DingtalkDepartment(models.Model):
    """Which department at DingTalk is one of ours."""

    settings = models.ForeignKey(
        DingtalkSettings,
        models.PROTECT,
        related_name="departments",
        verbose_name=_("DingTalk settings"),
    )
    department = models.OneToOneField(
        "rbac.Department",
        models.PROTECT,
        related_name="dingtalk",
        verbose_name=_("department"),
    )
    dept_id = models.BigIntegerField(_("DingTalk dept_id"))
    history = history()

    objects = OfSettingsQuerySet["DingtalkDepartment"].as_manager()

    class Meta:
        verbose_name = _("department at DingTalk")
        verbose_name_plural = _("departments at DingTalk")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["settings", "dept_id"], name="dingtalkdepartment_id_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.department} ({self.dept_id})"


class DingtalkEvent(models.Model):
    """One thing that DingTalk told us. Its id is inserted first: a repeat changes nothing."""

    settings = models.ForeignKey(
        DingtalkSettings, models.PROTECT, related_name="events", verbose_name=_("DingTalk settings")
    )
    event_id = ExactCharField(_("event id"), max_length=128)
    kind = models.CharField(_("event"), max_length=64)
    door = models.CharField(_("came by"), max_length=16, choices=DingtalkDoor)
    process_instance_id = ExactCharField(_("process instance"), max_length=128, blank=True)
    content = models.JSONField(_("content"), default=dict)
    received_at = models.DateTimeField(_("received at"), db_index=True)

    objects = OfSettingsQuerySet["DingtalkEvent"].as_manager()

    class Meta:
        verbose_name = _("DingTalk event")
        verbose_name_plural = _("DingTalk events")
        ordering = ("-pk",)
        constraints = [
            models.UniqueConstraint(fields=["settings", "event_id"], name="dingtalkevent_id_once"),
            models.CheckConstraint(
                condition=Q(door__in=DingtalkDoor.values), name="dingtalkevent_door_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class DingtalkInstance(models.Model):
    """
    A process instance at DingTalk that mirrors something of ours, known as label and key.

    The row exists before DingTalk is asked, so no instance can be lost. When the path changes here,
    the instance is closed and the next round begins.
    """

    settings = models.ForeignKey(
        DingtalkSettings,
        models.PROTECT,
        related_name="instances",
        verbose_name=_("DingTalk settings"),
    )
    subject_label = models.CharField(_("subject"), max_length=64)
    subject_pk = models.BigIntegerField(_("key"))
    number = models.CharField(_("number"), max_length=64)
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    process_code = ExactCharField(_("process code"), max_length=64)
    path = models.JSONField(_("approvers"), default=list)
    process_instance_id = ExactCharField(
        _("process instance"), max_length=128, unique=True, null=True, blank=True
    )
    status = models.CharField(
        _("status"),
        max_length=16,
        choices=DingtalkInstanceStatus,
        default=DingtalkInstanceStatus.WAITING,
    )
    # Set while the start is on its way: a process killed there leaves open whether it began.
    starting_since = models.DateTimeField(null=True, blank=True, editable=False)
    # The lease of the job that compares both sides; rows that changed meanwhile are due again.
    busy_until = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt at"))
    problem = models.CharField(_("problem"), max_length=200, blank=True)
    settled = models.JSONField(default=list, editable=False)  # tasks whose decision is known here
    created_at = models.DateTimeField(_("created at"))
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = OfSettingsQuerySet["DingtalkInstance"].as_manager()

    class Meta:
        verbose_name = _("DingTalk instance")
        verbose_name_plural = _("DingTalk instances")
        ordering = ("-pk",)
        constraints = [
            *DINGTALK_INSTANCE_FLOW.constraints(
                stamps={
                    DingtalkInstanceStatus.STARTED: "started_at",
                    DingtalkInstanceStatus.CLOSED: "closed_at",
                    DingtalkInstanceStatus.FAILED: "closed_at",
                }
            ),
            models.UniqueConstraint(
                fields=["subject_label", "subject_pk", "round"], name="dingtalkinstance_round_once"
            ),
        ]
        indexes = [models.Index(fields=["status", "next_attempt_at"], name="dingtalkinstance_due")]

    def __str__(self) -> str:
        return f"{self.number} #{self.round}"
