"""Tier and tags of a customer: prices, visibility and approvals go by them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core import audit
from apps.core.models import written_by
from apps.customers.enums import CustomerPerm, CustomerTier
from apps.customers.errors import TagIsForeign
from apps.customers.models import Customer, CustomerTag
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def classify_customer(
    *,
    customer: Customer,
    tier: CustomerTier,
    tags: Iterable[CustomerTag],
    actor: User,
    now: datetime,
) -> Customer:
    """Give a customer this tier and these tags. Tags that `actor` cannot see stay as they are.

    :raises TagIsForeign: if a tag belongs neither to the customer's tenant nor to one above it
    """
    rbac.require(actor, CustomerPerm.CLASSIFY, customer)
    customer = Customer.objects.lock(customer)
    before = _shown(customer)
    _set_tags(customer, list(tags), actor)
    if customer.tier != tier:
        customer.tier = tier
        written_by(customer, actor)
        customer.save(update_fields=["tier"])
    after = _shown(customer)
    if after != before:
        changed = [name for name in after if after[name] != before[name]]
        audit.record(
            actor=actor,
            verb="customer.classified",
            thing=customer,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return customer


def _set_tags(customer: Customer, tags: list[CustomerTag], actor: User) -> None:
    usable = set(CustomerTag.objects.for_customer(customer).visible_to(actor))
    for tag in tags:
        if tag not in usable:
            raise TagIsForeign(tag=tag, fields={"tags": TagIsForeign.message.format(tag=tag)})
    unseen = [tag for tag in customer.tags.all() if tag not in usable]
    customer.tags.set([*unseen, *tags])


def _shown(customer: Customer) -> dict[str, Any]:
    return {
        "tier": str(customer.tier),
        "tags": sorted(customer.tags.values_list("name", flat=True)),
    }
