"""What each step does, and how it is undone. All of it may be repeated.

Reserve and charge are done in the transaction that pays; provision and activate wait for a cloud.
"""

from datetime import datetime

from apps.billing import services as billing
from apps.clouds import services as clouds
from apps.clouds.enums import ResourceStatus
from apps.clouds.errors import VendorUnknown
from apps.clouds.models import Resource
from apps.orders.enums import StepName, StepStatus
from apps.orders.models import SagaStep
from apps.products import services as products


class NotReady(Exception):
    """The cloud is still at it: ask again soon."""


def run(step: SagaStep, *, now: datetime) -> dict[str, object]:
    """Have the step's effect once; what later steps need to know.

    :raises VendorRefused: the cloud will not; nothing was made
    :raises Unavailable: whether it acted is unknown, or it wants to be asked later
    :raises NotReady: the instance is being made
    """
    if step.name == StepName.PROVISION:
        return _provision(step, now)
    return _activate(step, now)


def _resource(step: SagaStep) -> Resource:
    """The unit that a provision or activate step is about; both were given its id."""
    rows = Resource.objects.select_related("account__vendor", "customer", "sku")
    return rows.get(pk=step.result["resource_id"])


def _provision(step: SagaStep, now: datetime) -> dict[str, object]:
    resource = _resource(step)
    found = None
    if step.attempts > 1:  # an earlier attempt may have been heard: look before asking again
        found = clouds.settle_unknown(resource=resource, now=now)
    instance = found or clouds.provision(resource=resource, now=now)
    return {**step.result, "vendor_id": instance.id}


def _activate(step: SagaStep, now: datetime) -> dict[str, object]:
    resource = _resource(step)
    sight = clouds.describe(resource=resource)
    if sight.instance is None:
        raise VendorUnknown
    if not sight.is_running:
        raise NotReady(sight.instance.status)
    clouds.activate_resource(resource=resource, instance=sight.instance, now=now)
    return dict(step.result)


def undo_remotely(step: SagaStep, *, now: datetime) -> None:
    """The part of the compensation that goes over the network, if any.

    :raises Unavailable: if the cloud does not answer
    """
    if step.name == StepName.PROVISION and step.status != StepStatus.WAITING:
        clouds.release(resource=_resource(step))


def undo_locally(step: SagaStep, *, now: datetime) -> None:
    """The part of the compensation that is ours, in the transaction that notes it."""
    if step.name == StepName.PROVISION:
        _end(step, now)
    elif step.name == StepName.CHARGE:
        total = step.saga.order.total
        if total:
            billing.refund_charge(
                key_of_charge=step.key, amount=total, key=f"{step.key}-R", now=now
            )
    elif step.name == StepName.CLAIM:
        products.release_claims(key=step.key, now=now)
    elif step.name == StepName.RESERVE:
        products.release_stock(key=step.key)


def _end(step: SagaStep, now: datetime) -> None:
    resource = _resource(step)
    if resource.status == ResourceStatus.PENDING and not resource.vendor_id:
        clouds.fail_resource(resource=resource, problem=step.problem, now=now)
    elif resource.status != ResourceStatus.FAILED:
        clouds.release_resource(resource=resource, now=now, reason=step.problem)


def seal(step: SagaStep, *, now: datetime) -> None:
    """What becomes final when the whole order is done."""
    if step.name == StepName.RESERVE:
        products.commit_stock(key=step.key)
    elif step.name == StepName.CLAIM:
        products.settle_claims(key=step.key, now=now)
        _give(step, now)


def _give(step: SagaStep, now: datetime) -> None:
    """满赠: only what was delivered earns a gift. A later reversal of the charge takes it back."""
    order = step.saga.order
    charge = step.saga.steps.get(name=StepName.CHARGE)
    for gift in products.gifts_of(quote=order.quote):
        billing.give_gift(
            customer=order.customer,
            amount=gift.amount,
            key=f"{order.number}-{gift.rule_key}",
            earned_by=charge.key,
            now=now,
            note=f"{gift.name} · {order.number}",
        )
