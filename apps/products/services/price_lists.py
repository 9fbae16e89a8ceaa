"""Price lists of distributors, and what they pay to the level above."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from apps.core import audit
from apps.products.agreement_enums import (
    PRICE_LIST_FLOW,
    PriceListPerm,
    PriceListStatus,
    TermKind,
)
from apps.products.agreement_errors import PriceListIsEmpty, PriceListIsOutOfRange
from apps.products.enums import ChangeType, DiscountScope
from apps.products.models import PriceList, PriceListPrice, SupplierTerm
from apps.products.models.visibility import lineage
from apps.products.services.rules import bump_rules
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

HUNDRED = Decimal(100)
ONE = Decimal(1)


@transaction.atomic
def publish_price_list(*, price_list: PriceList, actor: User, now: datetime) -> PriceList:
    """Let the customers of the level see it as their list price; it replaces the one before.

    :raises PriceListIsEmpty: :raises PriceListIsOutOfRange: if a level above allows less
    """
    rbac.require(actor, PriceListPerm.PUBLISH, price_list)
    price_list = PriceList.objects.lock(price_list)
    prices = list(price_list.prices.order_by("pk"))
    if not prices:
        raise PriceListIsEmpty(name=price_list)
    lowest, highest = allowed_range(tenant=price_list.tenant)
    for price in prices:
        _ensure_within(price, lowest, highest)
    for older in PriceList.objects.filter(
        tenant=price_list.tenant, status=PriceListStatus.PUBLISHED
    ).select_for_update():
        PRICE_LIST_FLOW.move(older, PriceListStatus.WITHDRAWN, actor=actor, withdrawn_at=now)
    PRICE_LIST_FLOW.move(price_list, PriceListStatus.PUBLISHED, actor=actor, published_at=now)
    for price in prices:
        price.valid_from, price.valid_until = price_list.valid_from, price_list.valid_until
        price.save(update_fields=["valid_from", "valid_until"])
    bump_rules(tenant=price_list.tenant)
    return price_list


@transaction.atomic
def withdraw_price_list(*, price_list: PriceList, actor: User, now: datetime) -> PriceList:
    """Let the list price of the catalogue, or of the level above, hold again."""
    rbac.require(actor, PriceListPerm.PUBLISH, price_list)
    price_list = PriceList.objects.lock(price_list)
    PRICE_LIST_FLOW.move(price_list, PriceListStatus.WITHDRAWN, actor=actor, withdrawn_at=now)
    bump_rules(tenant=price_list.tenant)
    return price_list


def allowed_range(*, tenant: Tenant) -> tuple[Decimal, Decimal]:
    """How low and how high the levels above let this one go; the narrowest counts. Trusted:
    compares."""
    above = lineage(tenant)[:-1]
    rows = PriceList.objects.filter(tenant__path__in=above, status=PriceListStatus.PUBLISHED)
    lowest = [row.lowest for row in rows if row.lowest is not None]
    highest = [row.highest for row in rows if row.highest is not None]
    return max(lowest, default=Decimal(0)), min(highest, default=ONE)


@transaction.atomic
def agree_purchase_price(
    *,
    distributor: Tenant,
    percent: Decimal,
    valid_from: datetime,
    actor: User | None,
    reason: str,
) -> SupplierTerm:
    """Let the distributor buy at `percent` of the list price: that is its cost from then on.

    Trusted: it has been approved.
    """
    running = SupplierTerm.objects.filter(
        tenant=distributor, kind=TermKind.PURCHASE, valid_until__isnull=True
    )
    for older in running.select_for_update():
        older.valid_until = max(valid_from, older.valid_from)
        if older.valid_until == older.valid_from:
            older.delete()  # it never held
        else:
            older.save(update_fields=["valid_until"])
    term = SupplierTerm.objects.create(
        tenant=distributor,
        name=f"{TermKind.PURCHASE.label}",
        kind=TermKind.PURCHASE,
        rate=percent / HUNDRED,
        scope=DiscountScope.ALL,
        valid_from=valid_from,
        note=reason[:300],
    )
    bump_rules(tenant=distributor)
    audit.record(
        actor=actor,
        verb="supplierterm.agreed",
        thing=term,
        reason=reason,
        percent=str(percent),
    )
    return term


def _ensure_within(price: PriceListPrice, lowest: Decimal, highest: Decimal) -> None:
    """A list states shares: what a fixed price is a share of changes every day."""
    rate = price.rate
    if price.change != ChangeType.PERCENT or rate is None or not lowest <= rate <= highest:
        raise PriceListIsOutOfRange(
            name=price.name, lowest=_percent(lowest), highest=_percent(highest)
        )


def _percent(rate: Decimal) -> str:
    return f"{(rate * HUNDRED).normalize():f}"
