"""Price lists of distributors, and what they pay to the level above."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.core import audit
from apps.products.agreement_enums import (
    PRICE_LIST_FLOW,
    PriceListPerm,
    PriceListStatus,
    TermKind,
)
from apps.products.agreement_errors import (
    FixedPriceIsForPrepaid,
    PriceListIsEmpty,
    PriceListIsNotDraft,
    PriceListIsOutOfRange,
    PriceListNeedsApproval,
)
from apps.products.enums import BillingMode, ChangeType, DiscountScope
from apps.products.models import PriceList, PriceListPrice, SupplierTerm
from apps.products.models.visibility import lineage
from apps.products.selectors.price_list_card import list_prices_of
from apps.products.services.rules import bump_rules
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

KIND = "products.price_list"
HUNDRED = Decimal(100)
ONE = Decimal(1)


@transaction.atomic
def publish_price_list(*, price_list: PriceList, actor: User, now: datetime) -> PriceList:
    """Let the customers of the level see it as their list price; it replaces the one before.

    :raises PriceListNeedsApproval: if it holds fixed prices
    :raises PriceListIsEmpty: :raises PriceListIsOutOfRange: if a level above allows less
    """
    rbac.require(actor, PriceListPerm.PUBLISH, price_list)
    price_list = PriceList.objects.lock(price_list)
    if price_list.prices.filter(change=ChangeType.FIXED_PRICE).exists():
        raise PriceListNeedsApproval(name=price_list)
    return _publish(price_list, actor, now)


@transaction.atomic
def request_price_list(
    *,
    price_list: PriceList,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that a list be published: it must be, where it holds fixed prices.

    :raises PriceListIsNotDraft: :raises PriceListIsEmpty: :raises PriceListIsOutOfRange:
    :raises FixedPriceIsForPrepaid: if a fixed price is for something else
    """
    rbac.require(actor, PriceListPerm.PUBLISH, price_list)
    price_list = PriceList.objects.lock(price_list)
    if price_list.status != PriceListStatus.DRAFT:
        raise PriceListIsNotDraft(name=price_list, status=price_list.get_status_display())
    prices = _sound_prices(price_list, now)
    PRICE_LIST_FLOW.move(price_list, PriceListStatus.PENDING, actor=actor, reason=reason)
    return approvals.submit(
        kind=KIND,
        title=_("{tenant}: price list {name}").format(
            tenant=price_list.tenant.name, name=price_list.name
        )[:200],
        form={
            "price_list": price_list.name,
            "prices": str(len(prices)),
            "fixed": str(sum(price.change == ChangeType.FIXED_PRICE for price in prices)),
            "valid_from": localdate(price_list.valid_from),
            "reason": reason,
        },
        applicant=actor,
        now=now,
        subject=("products.PriceList", price_list.pk),
        tenant=actor.tenant,  # whoever asks has it decided at home
        attachments=attachments,
    )


@transaction.atomic
def publish_approved_list(
    *, price_list: PriceList, actor: User | None, now: datetime, reason: str
) -> PriceList:
    """Publish what was asked for. Trusted: it has been approved.

    :raises PriceListIsOutOfRange: if list prices or the range changed while it waited
    """
    price_list = PriceList.objects.lock(price_list)
    audit.record(actor=actor, verb="pricelist.approved", thing=price_list, reason=reason)
    return _publish(price_list, actor, now)


@transaction.atomic
def return_price_list(*, price_list: PriceList, reason: str) -> None:
    """Make it a draft again. Trusted: its approval was refused or taken back."""
    price_list = PriceList.objects.lock(price_list)
    if price_list.status == PriceListStatus.PENDING:
        PRICE_LIST_FLOW.move(price_list, PriceListStatus.DRAFT, actor=None, reason=reason)


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


def _publish(price_list: PriceList, actor: User | None, now: datetime) -> PriceList:
    prices = _sound_prices(price_list, now)
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


def _sound_prices(price_list: PriceList, now: datetime) -> list[PriceListPrice]:
    """The prices, each of them within the range of the levels above."""
    prices = list(price_list.prices.select_related("sku").order_by("pk"))
    if not prices:
        raise PriceListIsEmpty(name=price_list)
    lowest, highest = allowed_range(tenant=price_list.tenant)
    listed = list_prices_of(prices, at=max(now, price_list.valid_from))
    for price in prices:
        share = _share(price, listed)
        if not lowest <= share <= highest:
            raise PriceListIsOutOfRange(
                name=price.name, lowest=_percent(lowest), highest=_percent(highest)
            )
    return prices


def _share(price: PriceListPrice, listed: Mapping[int, Decimal]) -> Decimal:
    """Of the catalogue's list price: of a fixed price, what it is today."""
    if price.change == ChangeType.PERCENT and price.rate is not None:
        rate: Decimal = price.rate
        return rate
    list_price = listed.get(price.sku_id or 0)
    is_fixed = price.change == ChangeType.FIXED_PRICE
    if not is_fixed or price.unit_price is None or not list_price or price.sku is None:
        raise FixedPriceIsForPrepaid(name=price.name)
    if BillingMode(price.sku.billing_mode).is_metered:  # use is priced by shares alone
        raise FixedPriceIsForPrepaid(name=price.name)
    share: Decimal = price.unit_price / list_price
    return share


def _percent(rate: Decimal) -> str:
    return f"{(rate * HUNDRED).normalize():f}"
