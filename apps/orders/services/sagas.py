"""The saga runner: kill it anywhere, run it twice, run it late — the outcome is the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from apps.clouds.errors import VendorRefused
from apps.core.errors import DomainError, Unavailable
from apps.core.events import publish
from apps.core.failpoints import failpoint
from apps.orders.enums import (
    ORDER_FLOW,
    SAGA_FLOW,
    STEP_FLOW,
    OrderStatus,
    SagaStatus,
    StepStatus,
)
from apps.orders.events import OrderCompleted, OrderParked, OrderRefunded
from apps.orders.models import Order, Saga, SagaStep
from apps.orders.saga import actions
from apps.orders.saga.actions import NotReady
from apps.orders.services.watching import show_progress

LEASE = timedelta(seconds=90)  # longer than the slowest call to a cloud
MOST_ATTEMPTS = 12
LONGEST_PAUSE = timedelta(minutes=5)
READY_WITHIN = timedelta(minutes=30)
POLL = timedelta(seconds=2)


class LeaseIsLost(RuntimeError):
    """Another runner took over; this one must not write any more."""


class StopForNow(Exception):
    """The saga waits for its next run, or for a person."""


@dataclass
class Runner:
    """One run of one saga under a lease. Every write checks the fence first."""

    saga_id: int
    fence: int
    now: datetime

    def locked(self) -> Saga:
        """The saga's row, held; the lease starts again.

        :raises LeaseIsLost: if a later runner has it
        """
        saga = Saga.objects.select_for_update().get(pk=self.saga_id)
        if saga.fence != self.fence:
            raise LeaseIsLost(saga.pk)
        saga.leased_until = timezone.now() + LEASE
        saga.save(update_fields=["leased_until"])
        return saga

    def steps(self) -> Iterator[SagaStep]:
        rows = SagaStep.objects.filter(saga_id=self.saga_id)
        return rows.select_related("line__sku", "saga__order__customer").iterator()

    @transaction.atomic
    def begin(self, step: SagaStep) -> None:
        """Write that the effect may happen from now on."""
        self.locked()
        step.attempts += 1
        if step.status == StepStatus.STARTED:
            step.save(update_fields=["attempts"])
        else:
            STEP_FLOW.move(
                step,
                StepStatus.STARTED,
                actor=None,
                attempts=step.attempts,
                started_at=step.started_at or self.now,
            )
            show_progress(order=step.saga.order)

    @transaction.atomic
    def finish(self, step: SagaStep, result: dict[str, object]) -> None:
        self.locked()
        step.result = result
        step.save(update_fields=["result"])
        STEP_FLOW.move(step, StepStatus.DONE, actor=None, done_at=timezone.now(), problem="")
        show_progress(order=step.saga.order)

    @transaction.atomic
    def refuse(self, step: SagaStep, reason: str) -> None:
        """The cloud said no: turn round and undo what was done."""
        saga = self.locked()
        STEP_FLOW.move(step, StepStatus.FAILED, actor=None, problem=reason[:500])
        SAGA_FLOW.move(saga, SagaStatus.COMPENSATING, actor=None, problem=reason[:500])
        order = Order.objects.select_for_update().get(pk=saga.order_id)
        ORDER_FLOW.move(order, OrderStatus.REFUNDING, actor=None, reason=reason[:300])
        show_progress(order=order)

    @transaction.atomic
    def postpone(self, step: SagaStep, reason: str, *, is_polling: bool = False) -> None:
        """Leave the step for a later run, or for a person when it has been tried enough."""
        saga = self.locked()
        if self._is_hopeless(step, is_polling=is_polling):
            self._park(saga, reason)
        else:
            self._wait(saga, POLL if is_polling else min(POLL * 2**step.attempts, LONGEST_PAUSE))
            if not is_polling and STEP_FLOW.may(step.status, StepStatus.UNKNOWN):
                STEP_FLOW.move(step, StepStatus.UNKNOWN, actor=None, problem=reason[:500])

    @transaction.atomic
    def postpone_undoing(self, step: SagaStep, reason: str) -> None:
        """The cloud could not be told yet: again later, or a person's turn."""
        saga = self.locked()
        step.attempts += 1
        step.save(update_fields=["attempts"])
        if step.attempts >= MOST_ATTEMPTS:
            self._park(saga, reason)
        else:
            self._wait(saga, min(POLL * 2**step.attempts, LONGEST_PAUSE))

    def _wait(self, saga: Saga, pause: timedelta) -> None:
        saga.next_run_at = timezone.now() + pause
        saga.leased_until = None
        saga.save(update_fields=["next_run_at", "leased_until"])

    def _is_hopeless(self, step: SagaStep, *, is_polling: bool) -> bool:
        if is_polling:
            return bool(step.started_at and timezone.now() - step.started_at > READY_WITHIN)
        return step.attempts >= MOST_ATTEMPTS

    @transaction.atomic
    def park(self, reason: str) -> None:
        self._park(self.locked(), reason)

    def _park(self, saga: Saga, reason: str) -> None:
        SAGA_FLOW.move(saga, SagaStatus.PARKED, actor=None, problem=reason[:500], leased_until=None)
        order = Order.objects.select_for_update().get(pk=saga.order_id)
        ORDER_FLOW.move(order, OrderStatus.PARKED, actor=None, reason=reason[:300])
        show_progress(order=order)
        publish(OrderParked(order_id=order.pk))

    @transaction.atomic
    def undone(self, step: SagaStep) -> None:
        """Undo what is ours, together with the note that it is undone."""
        self.locked()
        actions.undo_locally(step, now=self.now)
        STEP_FLOW.move(step, StepStatus.UNDONE, actor=None)
        show_progress(order=step.saga.order)

    @transaction.atomic
    def complete(self) -> None:
        saga = self.locked()
        now = timezone.now()
        for step in saga.steps.select_related("saga__order__customer", "saga__order__quote"):
            actions.seal(step, now=now)
        SAGA_FLOW.move(saga, SagaStatus.COMPLETED, actor=None, ended_at=now, leased_until=None)
        order = Order.objects.select_for_update().get(pk=saga.order_id)
        ORDER_FLOW.move(order, OrderStatus.COMPLETED, actor=None, completed_at=now)
        show_progress(order=order)
        publish(OrderCompleted(order_id=order.pk))

    @transaction.atomic
    def give_back(self) -> None:
        saga = self.locked()
        now = timezone.now()
        SAGA_FLOW.move(saga, SagaStatus.COMPENSATED, actor=None, ended_at=now, leased_until=None)
        order = Order.objects.select_for_update().get(pk=saga.order_id)
        ORDER_FLOW.move(order, OrderStatus.REFUNDED, actor=None, closed_at=now)
        show_progress(order=order)
        publish(OrderRefunded(order_id=order.pk))


def run_saga(*, saga_id: int, now: datetime) -> bool:
    """Run a saga as far as it goes; False if another runner has it or it is not due.

    Trusted: the order was paid by who may. Network calls happen between the transactions.
    """
    claimed = (
        Saga.objects.due(now)
        .filter(pk=saga_id)
        .update(leased_until=timezone.now() + LEASE, fence=F("fence") + 1)
    )
    if not claimed:
        return False
    saga = Saga.objects.get(pk=saga_id)
    runner = Runner(saga_id=saga.pk, fence=saga.fence, now=now)
    try:
        if saga.status == SagaStatus.RUNNING:
            _forward(runner)
        else:
            _backward(runner)
    except (LeaseIsLost, StopForNow):
        return True
    return True


def run_due_sagas(*, now: datetime) -> list[int]:
    """The sagas whose turn it is. Trusted: a sweep; each is then run by its own job."""
    due = Saga.objects.due(now).order_by("next_run_at")
    return list(due.values_list("pk", flat=True)[:200])


def free_leases() -> int:
    """Let the sagas go on whose runner died; how many.

    Trusted: called where no other process can be running one, before the jobs start.
    """
    return Saga.objects.filter(leased_until__isnull=False).update(leased_until=None)


def _forward(runner: Runner) -> None:
    for step in runner.steps():
        if step.status == StepStatus.DONE:
            continue
        if not _try(runner, step):
            _backward(runner)
            return
    failpoint("orders.complete.before")
    runner.complete()
    failpoint("orders.complete.after")


def _try(runner: Runner, step: SagaStep) -> bool:
    """Do one step; False if the cloud refused and the saga turned round."""
    runner.begin(step)
    failpoint(f"orders.{step.name}.begun")
    try:
        result = actions.run(step, now=runner.now)
    except NotReady as error:
        runner.postpone(step, str(error), is_polling=True)
        raise StopForNow from error
    except VendorRefused as error:
        runner.refuse(step, str(error))
        return False
    except Unavailable as error:
        runner.postpone(step, str(error))
        raise StopForNow from error
    except DomainError as error:  # nobody foresaw this: a person must look
        runner.park(str(error))
        raise StopForNow from error
    failpoint(f"orders.{step.name}.effect")
    runner.finish(step, result)
    failpoint(f"orders.{step.name}.done")
    return True


def _backward(runner: Runner) -> None:
    for step in reversed(list(runner.steps())):
        if step.status == StepStatus.UNDONE:
            continue
        failpoint(f"orders.{step.name}.undoing")
        try:
            actions.undo_remotely(step, now=runner.now)
        except (Unavailable, VendorRefused) as error:
            runner.postpone_undoing(step, str(error))
            raise StopForNow from error
        failpoint(f"orders.{step.name}.undo_effect")
        runner.undone(step)
        failpoint(f"orders.{step.name}.undone")
    runner.give_back()
    failpoint("orders.give_back.after")
