"""Changing what a SKU consists of while it is sold: every change is a version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from apps.core import audit
from apps.core.models import written_by
from apps.products.errors import SpecificationIsInvalid
from apps.products.models import Sku, SkuVersion
from apps.products.services.products import require_own
from apps.products.services.requests import void_listing_request
from apps.products.services.shelf import refresh_shelf
from apps.products.specification import Specification
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def change_specification(
    *,
    sku: Sku,
    specification: Mapping[str, Any],
    actor: User,
    now: datetime,
    reason: str = "",
) -> Sku:
    """Let a SKU consist of something else from now on; quotes name the version they were made of.

    What is so already is no change.
    :raises SpecificationIsInvalid: if a name is unknown or a value has the wrong type
    """
    rbac.require(actor, "products.change_sku", sku)
    require_own(product=sku.product, actor=actor)
    after = _checked(specification)
    sku = Sku.objects.lock(sku)
    if sku.specification == after:
        return sku
    before, sku.specification = sku.specification, after
    sku.spec_version += 1
    written_by(sku, actor)
    sku.save(update_fields=["specification", "spec_version"])
    _record(sku, before, actor, now, reason)
    refresh_shelf(product_ids=[sku.product_id], now=now)
    void_listing_request(product=sku.product, now=now)
    return sku


def _record(sku: Sku, before: dict[str, Any], actor: User, now: datetime, reason: str) -> None:
    after = sku.specification
    SkuVersion.objects.create(
        sku=sku,
        number=sku.spec_version,
        before=before,
        after=after,
        reason=reason,
        changed_by=actor,
        changed_at=now,
    )
    audit.record(
        actor=actor,
        verb="sku.specification_changed",
        thing=sku.product,
        before=before,
        after=after,
        reason=reason,
        sku=sku.code,
        version=sku.spec_version,
    )


def _checked(specification: Mapping[str, Any]) -> dict[str, int | str]:
    try:
        return Specification.parse(specification).to_json()
    except ValueError as error:
        raise SpecificationIsInvalid(fields={"specification": str(error)}) from error
