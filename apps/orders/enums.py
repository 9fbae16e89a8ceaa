from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class OrderStatus(models.TextChoices):
    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PROVISIONING = "provisioning", _("Being provisioned")
    PARKED = "parked", _("Held for a person")
    REFUNDING = "refunding", _("Being refunded")
    COMPLETED = "completed", _("Completed")
    REFUNDED = "refunded", _("Failed and refunded")
    CANCELLED = "cancelled", _("Cancelled")


ORDER_FLOW = Flow(
    "orders.Order",
    {
        OrderStatus.AWAITING_PAYMENT: {OrderStatus.PROVISIONING, OrderStatus.CANCELLED},
        OrderStatus.PROVISIONING: {
            OrderStatus.COMPLETED,
            OrderStatus.PARKED,
            OrderStatus.REFUNDING,
        },
        OrderStatus.PARKED: {OrderStatus.PROVISIONING, OrderStatus.REFUNDING},
        OrderStatus.REFUNDING: {OrderStatus.REFUNDED, OrderStatus.PARKED},
        OrderStatus.COMPLETED: set(),
        OrderStatus.REFUNDED: set(),
        OrderStatus.CANCELLED: set(),
    },
)


class SagaStatus(models.TextChoices):
    RUNNING = "running", _("Running")
    COMPENSATING = "compensating", _("Undoing")
    PARKED = "parked", _("Held for a person")
    COMPLETED = "completed", _("Completed")
    COMPENSATED = "compensated", _("Undone")


SAGA_FLOW = Flow(
    "orders.Saga",
    {
        SagaStatus.RUNNING: {SagaStatus.COMPLETED, SagaStatus.COMPENSATING, SagaStatus.PARKED},
        SagaStatus.COMPENSATING: {SagaStatus.COMPENSATED, SagaStatus.PARKED},
        SagaStatus.PARKED: {SagaStatus.RUNNING, SagaStatus.COMPENSATING},
        SagaStatus.COMPLETED: set(),
        SagaStatus.COMPENSATED: set(),
    },
)


class StepName(models.TextChoices):
    RESERVE = "reserve", _("Reserve stock")
    CLAIM = "claim", _("Use promotions and vouchers")
    CHARGE = "charge", _("Charge the wallet")
    PROVISION = "provision", _("Create at the cloud")
    ACTIVATE = "activate", _("Hand over")


class StepStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    STARTED = "started", _("Started")
    UNKNOWN = "unknown", _("Being checked")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    UNDONE = "undone", _("Undone")


STEP_FLOW = Flow(
    "orders.SagaStep",
    {
        StepStatus.WAITING: {StepStatus.STARTED, StepStatus.UNDONE},
        StepStatus.STARTED: {
            StepStatus.STARTED,
            StepStatus.DONE,
            StepStatus.UNKNOWN,
            StepStatus.FAILED,
            StepStatus.UNDONE,
        },
        StepStatus.UNKNOWN: {
            StepStatus.STARTED,
            StepStatus.UNKNOWN,
            StepStatus.DONE,
            StepStatus.FAILED,
            StepStatus.UNDONE,
        },
        StepStatus.DONE: {StepStatus.UNDONE},
        StepStatus.FAILED: {StepStatus.STARTED, StepStatus.UNDONE},
        StepStatus.UNDONE: set(),
    },
)


class OrderPerm(models.TextChoices):
    VIEW = "orders.view_order", _("view orders")
    PLACE = "orders.place_order", _("place orders")
    PAY = "orders.pay_order", _("pay orders")
    CANCEL = "orders.cancel_order", _("cancel unpaid orders")
    RESUME = "orders.resume_order", _("resume held orders")
    ABANDON = "orders.abandon_order", _("give up held orders and refund them")


_SEE = [OrderPerm.VIEW, "orders.view_orderline"]
_LOOK = [*_SEE, "orders.view_saga", "orders.view_sagastep"]

STANDARD_GRANTS: dict[str, list[str]] = {
    "operations": [*_LOOK, OrderPerm.CANCEL, OrderPerm.RESUME, OrderPerm.ABANDON],
    "finance": _LOOK,
    "sales": _SEE,
    "sales-manager": _SEE,
    "support": _LOOK,
    "auditor": _LOOK,
    "portal-owner": [*_SEE, OrderPerm.PLACE, OrderPerm.PAY, OrderPerm.CANCEL],
    "portal-finance": [*_SEE, OrderPerm.PAY],
    "portal-technician": [*_SEE, OrderPerm.PLACE],
}
