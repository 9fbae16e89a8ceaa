"""Discounts of customers: granted after an approval."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext

from apps.approvals import services as approvals
from apps.core import audit
from apps.core.events import publish
from apps.customers.models import Customer
from apps.products.enums import DiscountScope
from apps.products.errors import PeriodIsEmpty, RateIsOutOfRange, TargetIsMissing
from apps.products.events import DiscountGranted
from apps.products.models import Category, CustomerDiscount, Product, Sku, Vendor
from apps.rbac import services as rbac
from apps.rbac.models import User

HUNDRED = Decimal(100)
TARGETS: dict[str, type[models.Model]] = {
    DiscountScope.SKU: Sku,
    DiscountScope.PRODUCT: Product,
    DiscountScope.CATEGORY: Category,
    DiscountScope.VENDOR: Vendor,
}
KINDS = ("products.customer_pricing", "products.special_discount")


@transaction.atomic
def grant_discount(
    *,
    customer: Customer,
    name: str,
    percent: Decimal,
    scope: DiscountScope,
    target_id: int | None,
    valid_from: date,
    valid_until: date | None,
    actor: User | None,
    now: datetime,
    reason: str,
) -> CustomerDiscount:
    """Let the customer pay `percent` of the list price. Both days are whole days in Shanghai.

    Trusted: it has been approved. A day that has begun counts from now on.
    :raises RateIsOutOfRange: :raises TargetIsMissing: :raises PeriodIsEmpty:
    """
    ensure_discount(percent=percent, scope=scope, target_id=target_id)
    starts_at, ends_at = _period(valid_from, valid_until, now)
    target = {f"{scope}_id": target_id} if scope != DiscountScope.ALL else {}
    discount = CustomerDiscount.objects.create(
        customer=customer,
        name=name,
        rate=percent / HUNDRED,
        scope=scope,
        valid_from=starts_at,
        valid_until=ends_at,
        **target,
    )
    audit.record(
        actor=actor,
        verb="discount.granted",
        thing=customer,
        reason=reason,
        discount=discount.pk,
        percent=str(percent),
    )
    publish(DiscountGranted(discount_id=discount.pk, customer_id=customer.pk))
    return discount


@transaction.atomic
def end_discount(*, discount: CustomerDiscount, actor: User, now: datetime) -> CustomerDiscount:
    """Let the customer pay the list price from now on.

    :raises PeriodIsEmpty: if it has not begun, or is over
    """
    rbac.require(actor, "products.change_customerdiscount", discount)
    discount = CustomerDiscount.objects.lock(discount)
    is_over = discount.valid_until is not None and discount.valid_until <= now
    if discount.valid_from >= now or is_over:
        raise PeriodIsEmpty
    discount.valid_until = now
    discount.save(update_fields=["valid_until"])
    audit.record(actor=actor, verb="discount.ended", thing=discount)
    void_pricing_requests(customer=discount.customer, now=now)
    return discount


def ensure_discount(*, percent: Decimal, scope: DiscountScope, target_id: int | None) -> None:
    """Trusted: compares.

    :raises RateIsOutOfRange: unless the customer pays something, and no more than the list price
    :raises TargetIsMissing: if the scope names something and it is not there
    """
    if not 0 < percent <= HUNDRED:
        raise RateIsOutOfRange(fields={"percent": RateIsOutOfRange.message})
    model = TARGETS.get(scope)
    if model is not None and not model._default_manager.filter(pk=target_id or 0).exists():
        raise TargetIsMissing(fields={"target": TargetIsMissing.message})


def void_pricing_requests(*, customer: Customer, now: datetime) -> None:
    """What is asked for rests on discounts that were edited. Trusted: the edit was allowed."""
    for kind in KINDS:
        approvals.void_for_subject(
            subject=("customers.Customer", customer.pk),
            kind=kind,
            reason=gettext("The customer's discounts were edited."),
            now=now,
        )


def _period(
    valid_from: date, valid_until: date | None, now: datetime
) -> tuple[datetime, datetime | None]:
    starts_at = max(_midnight(valid_from), now)
    ends_at = _midnight(valid_until + timedelta(days=1)) if valid_until else None
    if ends_at is not None and ends_at <= starts_at:
        raise PeriodIsEmpty
    return starts_at, ends_at


def _midnight(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), timezone.get_default_timezone())
