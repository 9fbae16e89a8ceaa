from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.models import ExactCharField
from apps.orders.enums import SAGA_FLOW, STEP_FLOW, SagaStatus, StepName, StepStatus
from apps.orders.models.orders import Order, OrderLine
from apps.rbac.scoping import ScopedQuerySet


class SagaQuerySet(ScopedQuerySet["Saga"]):
    tenant_path = "order__tenant"
    customer_path = None
    owner_path = "order__customer__owner"

    def due(self, now: datetime) -> Self:
        """Sagas that nobody runs although their time has come."""
        return self.filter(
            Q(leased_until__isnull=True) | Q(leased_until__lt=now),
            status__in=[SagaStatus.RUNNING, SagaStatus.COMPENSATING],
            next_run_at__lte=now,
        )


class Saga(models.Model):
    """The work that a paid order needs, and how far it is. Rows are the truth, jobs only push.

    `fence` counts the runners: a runner whose lease has passed finds a higher number and stops.
    """

    order = models.OneToOneField(
        Order, models.PROTECT, related_name="saga", verbose_name=_("order")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=SagaStatus, default=SagaStatus.RUNNING
    )
    fence = models.PositiveIntegerField(_("fence"), default=0)
    leased_until = models.DateTimeField(_("leased until"), null=True, blank=True)
    next_run_at = models.DateTimeField(_("next run at"), default=timezone.now)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)

    objects = SagaQuerySet.as_manager()

    class Meta:
        verbose_name = _("saga")
        verbose_name_plural = _("sagas")
        ordering = ("-pk",)
        constraints = [
            *SAGA_FLOW.constraints(
                stamps={SagaStatus.COMPLETED: "ended_at", SagaStatus.COMPENSATED: "ended_at"}
            )
        ]
        indexes = [models.Index(fields=["status", "next_run_at"], name="saga_due")]

    def __str__(self) -> str:
        return str(self.order)


class SagaStepQuerySet(ScopedQuerySet["SagaStep"]):
    tenant_path = "saga__order__tenant"
    customer_path = None
    owner_path = "saga__order__customer__owner"


class SagaStep(models.Model):
    """One effect and its compensation. The key is written before the effect is tried.

    `result` holds what the compensation and the next steps need: never a secret.
    """

    saga = models.ForeignKey(Saga, models.CASCADE, related_name="steps", verbose_name=_("saga"))
    position = models.PositiveSmallIntegerField(_("position"))
    name = models.CharField(_("step"), max_length=16, choices=StepName)
    line = models.ForeignKey(
        OrderLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="steps",
        verbose_name=pgettext_lazy("order", "line"),
    )
    key = ExactCharField(_("idempotency key"), max_length=64, unique=True)
    status = models.CharField(
        _("status"), max_length=16, choices=StepStatus, default=StepStatus.WAITING
    )
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    result = models.JSONField(_("result"), default=dict, blank=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)

    objects = SagaStepQuerySet.as_manager()

    class Meta:
        verbose_name = _("saga step")
        verbose_name_plural = _("saga steps")
        ordering = ("saga", "position")
        constraints = [
            *STEP_FLOW.constraints(
                stamps={StepStatus.STARTED: "started_at", StepStatus.DONE: "done_at"}
            ),
            models.UniqueConstraint(fields=["saga", "position"], name="sagastep_position_once"),
        ]

    def __str__(self) -> str:
        return f"{self.saga} {self.get_name_display()}"
