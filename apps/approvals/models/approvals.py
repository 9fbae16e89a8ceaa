from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.approvals import ports
from apps.approvals.engine.graph import Mode
from apps.approvals.enums import (
    APPROVAL_FLOW,
    EFFECT_FLOW,
    STEP_FLOW,
    TASK_FLOW,
    ApprovalPerm,
    ApprovalStatus,
    Door,
    EffectStatus,
    StepStatus,
    TaskStatus,
)
from apps.approvals.models.flows import FlowVersion
from apps.core.models import ExactCharField, history
from apps.rbac.enums import UserKind
from apps.rbac.scoping import ScopedQuerySet

if TYPE_CHECKING:
    from apps.rbac.models import User

APPLICANT, SECOND_PERSON = "applicant", "second-person"
OWN_STEPS = {APPLICANT: _("Applicant"), SECOND_PERSON: _("Second person")}
FINISHED: dict[str, str] = {
    ApprovalStatus.APPROVED: "finished_at",
    ApprovalStatus.REJECTED: "finished_at",
    ApprovalStatus.WITHDRAWN: "finished_at",
    ApprovalStatus.VOIDED: "finished_at",
}


class ApprovalQuerySet(ScopedQuerySet["Approval"]):
    customer_path = None
    owner_path = "applicant"

    def visible_to(self, user: "User") -> Self:
        """What the roles show, his own requests, those copied to him; and, while a task of his is
        open, the one approval that it belongs to (X-7)."""
        if not user.is_active:
            return self.none()
        if user.kind == UserKind.PORTAL:
            return self._of_portal_user(user)
        if user.is_superuser and user.token_scopes is None:
            return self
        copies = apps.get_model("approvals.Copy")._default_manager
        copied = copies.filter(user=user).values("approval")
        return self.filter(
            self._by_role(user)
            | Q(applicant=user)
            | Q(pk__in=copied)
            | Q(pk__in=Task.objects.open_for(user).values("approval"))
        )

    def _by_role(self, user: "User") -> Q:
        """What ScopedQuerySet shows, as a condition: one subquery less for each row."""
        if user.is_superuser:
            return ~Q(pk__in=[]) if user.has_perm(ApprovalPerm.VIEW) else Q(pk__in=[])
        grants = user.grants_with(ApprovalPerm.VIEW)
        if not grants:
            return Q(pk__in=[])
        return Q(tenant__path__startswith=user.tenant.path) & self._in_scope_of(user, grants)

    def _of_portal_user(self, user: "User") -> Self:
        """His own requests; with the permission, all that his company's users made."""
        if not user.has_perm(ApprovalPerm.VIEW):
            return self.filter(applicant=user)
        of_company = Q(customer_id__in=ports.customers_of(user), applicant__kind=UserKind.PORTAL)
        return self.filter(Q(applicant=user) | of_company)

    def running(self) -> Self:
        return self.filter(status=ApprovalStatus.RUNNING)

    def about(self, subject: tuple[str, int]) -> Self:
        return self.filter(subject_label=subject[0], subject_pk=subject[1])

    def effect_due(self) -> Self:
        return self.filter(effect=EffectStatus.PENDING)


class Approval(models.Model):
    """A request on its way through a flow. It knows its subject by label and key alone."""

    number = models.CharField(_("number"), max_length=32, unique=True)
    kind = models.CharField(_("kind"), max_length=64)
    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="approvals", verbose_name=_("tenant")
    )
    customer_id = models.BigIntegerField(_("customer id"), null=True, blank=True, db_index=True)
    applicant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="approvals",
        verbose_name=_("applicant"),
    )
    title = models.CharField(_("title"), max_length=200)
    form = models.JSONField(_("form"), default=dict)
    form_hash = models.CharField(_("digest of the form"), max_length=64)
    # What the conditions saw beside the form, and whom the applicant chose for which node.
    facts = models.JSONField(_("facts"), default=dict)
    chosen = models.JSONField(_("chosen approvers"), default=dict, blank=True)
    segregated = models.JSONField(_("never the last approver"), default=list, blank=True)
    subject_label = models.CharField(_("kind of subject"), max_length=64, blank=True)
    subject_pk = models.BigIntegerField(_("key of the subject"), null=True, blank=True)
    # While it runs: kind and subject as one text, so that a subject is never asked for twice.
    running_key = ExactCharField(max_length=160, null=True, unique=True, editable=False)
    version = models.ForeignKey(
        FlowVersion, models.PROTECT, related_name="approvals", verbose_name=_("version of the flow")
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    status = models.CharField(
        _("status"), max_length=16, choices=ApprovalStatus, default=ApprovalStatus.RUNNING
    )
    effect = models.CharField(
        _("outcome"), max_length=16, choices=EffectStatus, default=EffectStatus.NONE
    )
    effect_problem = models.CharField(_("why the outcome is held"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("started at"), db_index=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    effect_at = models.DateTimeField(_("carried out at"), null=True, blank=True)
    history = history()

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval")
        verbose_name_plural = _("approvals")
        ordering = ("-pk",)
        permissions = [
            ("submit_approval", "Can submit requests for approval"),
            ("decide_approval", "Can decide on approvals"),
            ("administer_approval", "Is approver of last resort"),
            ("analyze_approval", "Can see the times of approvals"),
            ("run_effect", "Can repeat the outcome of approvals"),
        ]
        constraints = [
            *APPROVAL_FLOW.constraints(stamps=FINISHED),
            *EFFECT_FLOW.constraints(stamps={EffectStatus.DONE: "effect_at"}),
            models.CheckConstraint(
                name="approval_effect_follows_decision",
                condition=~Q(status=ApprovalStatus.RUNNING) | Q(effect=EffectStatus.NONE),
            ),
            models.CheckConstraint(
                name="approval_subject_free_when_done",
                condition=Q(status=ApprovalStatus.RUNNING) | Q(running_key__isnull=True),
            ),
            models.CheckConstraint(
                name="approval_subject_is_whole",
                condition=Q(subject_label="", subject_pk__isnull=True)
                | (~Q(subject_label="") & Q(subject_pk__isnull=False)),
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-started_at"], name="approval_by_status"),
            models.Index(fields=["kind", "status"], name="approval_by_kind"),
            models.Index(fields=["subject_label", "subject_pk"], name="approval_by_subject"),
            models.Index(fields=["effect", "finished_at"], name="approval_by_effect"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def subject(self) -> tuple[str, int] | None:
        return (self.subject_label, self.subject_pk) if self.subject_pk is not None else None

    @property
    def is_running(self) -> bool:
        return self.status == ApprovalStatus.RUNNING


class StepQuerySet(ScopedQuerySet["Step"]):
    tenant_path = "approval__tenant"
    customer_path = None
    owner_path = "approval__applicant"

    def visible_to(self, user: "User") -> Self:
        """The steps of the approvals that the user may see."""
        return self.filter(approval__in=Approval.objects.visible_to(user))

    def live(self) -> Self:
        """The steps that count, in turn; those before a return do not."""
        return self.filter(is_live=True).order_by("position", "round")


class Step(models.Model):
    """One node of the flow, as this approval meets it. Sent back, the nodes come again as a round.

    `plan` lists the people whom the node resolved to; their tasks are made when it opens. `why`
    lists reasons as codes and parameters (engine.path.Reason).
    """

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="steps", verbose_name=_("approval")
    )
    round = models.PositiveSmallIntegerField(_("round"), default=1)
    position = models.PositiveSmallIntegerField(_("position"))
    node_key = models.CharField(_("node"), max_length=64)
    name = models.CharField(_("name"), max_length=100)
    mode = models.CharField(
        _("mode"), max_length=16, choices=[(str(m), str(m)) for m in Mode], default=str(Mode.ANY)
    )
    share = models.PositiveSmallIntegerField(_("share in percent"), default=100)
    # False once the approval was sent back to this step or to one before it.
    is_live = models.BooleanField(_("counts"), default=True)
    plan = models.JSONField(_("approvers"), default=list)
    why = models.JSONField(_("reasons"), default=list)
    status = models.CharField(
        _("status"), max_length=16, choices=StepStatus, default=StepStatus.WAITING
    )
    opened_at = models.DateTimeField(_("to do since"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    objects = StepQuerySet.as_manager()

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ("approval", "round", "position")
        constraints = [
            models.UniqueConstraint(fields=["approval", "round", "position"], name="step_once"),
            *STEP_FLOW.constraints(
                stamps={
                    StepStatus.OPEN: "opened_at",
                    StepStatus.APPROVED: "closed_at",
                    StepStatus.REJECTED: "closed_at",
                    StepStatus.RETURNED: "closed_at",
                }
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name of the node; the steps that Kboss adds itself are named in every language."""
        return str(OWN_STEPS.get(self.node_key, self.name))

    @property
    def tenant_id(self) -> int:
        return self.approval.tenant_id


class TaskQuerySet(ScopedQuerySet["Task"]):
    tenant_path = "approval__tenant"
    customer_path = None
    owner_path = "approval__applicant"

    def visible_to(self, user: "User") -> Self:
        """His own tasks, decided or open, and those of the approvals that he may see."""
        if not user.is_active:
            return self.none()
        own = Q(assignee=user) | Q(decided_by=user) | Q(stand_in=user, status=TaskStatus.OPEN)
        return self.filter(own | Q(approval__in=Approval.objects.visible_to(user)))

    def open(self) -> Self:
        return self.filter(status=TaskStatus.OPEN)

    def open_for(self, user: "User") -> Self:
        """What waits for this person, himself or as a stand-in."""
        return self.open().filter(Q(assignee=user) | Q(stand_in=user))

    def overdue(self, now: datetime) -> Self:
        return self.open().filter(due_at__lte=now)


class Task(models.Model):
    """One person's part in a step.

    A seat is one voice: the person whom the node named, and whoever was put before, after or in
    his place. The tasks of a seat come one after another by `position`.
    """

    approval = models.ForeignKey(
        Approval, models.CASCADE, related_name="tasks", verbose_name=_("approval")
    )
    step = models.ForeignKey(Step, models.CASCADE, related_name="tasks", verbose_name=_("step"))
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="approval_tasks",
        verbose_name=_("approver"),
    )
    # Who may decide as well, while the assignee is away.
    stand_in = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("stand-in"),
    )
    seat = models.PositiveSmallIntegerField(_("seat"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    status = models.CharField(
        _("status"), max_length=16, choices=TaskStatus, default=TaskStatus.WAITING
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("added by"),
    )
    remind_after = models.PositiveIntegerField(_("reminded after (minutes)"), default=480)
    escalate_after = models.PositiveIntegerField(_("escalated after (minutes)"), default=960)
    opened_at = models.DateTimeField(_("to do since"), null=True, blank=True)
    due_at = models.DateTimeField(_("due at"), null=True, blank=True)
    escalate_at = models.DateTimeField(_("escalated at"), null=True, blank=True)
    reminders = models.PositiveSmallIntegerField(_("reminders"), default=0)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decided by"),
    )
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    worked_minutes = models.PositiveIntegerField(
        _("working time taken (minutes)"), null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    door = models.CharField(_("door"), max_length=16, choices=Door, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("approval task")
        verbose_name_plural = _("approval tasks")
        ordering = ("step", "seat", "position")
        constraints = [
            *TASK_FLOW.constraints(
                stamps={
                    TaskStatus.OPEN: "opened_at",
                    TaskStatus.APPROVED: "decided_at",
                    TaskStatus.REJECTED: "decided_at",
                    TaskStatus.RETURNED: "decided_at",
                }
            ),
            models.CheckConstraint(
                name="task_decided_by_somebody",
                condition=~Q(status__in=[TaskStatus.APPROVED, TaskStatus.REJECTED])
                | Q(decided_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["assignee", "status", "opened_at"], name="task_of_assignee"),
            models.Index(fields=["stand_in", "status"], name="task_of_stand_in"),
            models.Index(fields=["status", "due_at"], name="task_due"),
            models.Index(fields=["decided_at"], name="task_by_decision"),
        ]

    def __str__(self) -> str:
        return f"{self.approval} · {self.step} · {self.assignee}"

    @property
    def tenant_id(self) -> int:
        return self.approval.tenant_id

    @property
    def is_open(self) -> bool:
        return self.status == TaskStatus.OPEN


def running_key_of(kind: str, subject: tuple[str, int] | None) -> str | None:
    return f"{kind}:{subject[0]}:{subject[1]}" if subject else None
