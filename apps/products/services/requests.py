"""Asking for prices and listings. What it means once it is decided: apps.products.approvals."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.customers.models import Customer
from apps.products.enums import PRODUCT_FLOW, DiscountScope, ProductPerm, ProductStatus
from apps.products.errors import ProductIsNotDraft, RateIsOutOfRange
from apps.products.models import Product
from apps.products.services.discounts import HUNDRED, TARGETS, ensure_discount
from apps.products.services.products import ensure_priced, require_own, send_back_to_draft
from apps.products.services.releases import ensure_percent
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

LISTING_REVIEW = "products.listing_review"


@transaction.atomic
def request_customer_pricing(
    *,
    customer: Customer,
    name: str,
    percent: Decimal,
    scope: DiscountScope,
    target: Model | None,
    valid_from: date,
    valid_until: date | None,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask for a standing price of a customer, as an agreement fixes it.

    :raises RateIsOutOfRange: :raises TargetIsMissing:
    :raises SubjectIsPending: if one has been asked for already
    """
    rbac.require(actor, ProductPerm.REQUEST_PRICING, customer)
    form = _discount_form(name, percent, scope, target, valid_from, valid_until, reason)
    title = _("{customer}: pays {percent} percent for {target}")
    return _submit("products.customer_pricing", customer, title, form, actor, now, attachments)


@transaction.atomic
def request_special_discount(
    *,
    customer: Customer,
    name: str,
    percent: Decimal,
    scope: DiscountScope,
    target: Model | None,
    valid_from: date,
    valid_until: date,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask for a discount beyond the usual, for a time.

    :raises RateIsOutOfRange: :raises TargetIsMissing:
    :raises SubjectIsPending: if one has been asked for already
    """
    rbac.require(actor, ProductPerm.REQUEST_PRICING, customer)
    form = _discount_form(name, percent, scope, target, valid_from, valid_until, reason)
    title = _("{customer}: special discount, pays {percent} percent for {target}")
    return _submit("products.special_discount", customer, title, form, actor, now, attachments)


@transaction.atomic
def request_distributor_pricing(
    *,
    distributor: Tenant,
    percent: Decimal,
    valid_from: date,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that a distributor buy at `percent` of our list prices.

    :raises RateIsOutOfRange: unless he pays something, and no more than the list price
    """
    rbac.require(actor, ProductPerm.REQUEST_PRICING, distributor)
    if not 0 < percent <= HUNDRED:
        raise RateIsOutOfRange(fields={"percent": RateIsOutOfRange.message})
    title = _("{distributor}: buys at {percent} percent of the list prices")
    return approvals.submit(
        kind="products.distributor_pricing",
        title=title.format(distributor=distributor.name, percent=_plain(percent)),
        form={
            "distributor": distributor.name,
            "percent": percent,
            "valid_from": valid_from.isoformat(),
            "reason": reason,
        },
        applicant=actor,
        now=now,
        subject=("rbac.Tenant", distributor.pk),
        attachments=attachments,
    )


@transaction.atomic
def request_listing(
    *,
    product: Product,
    reason: str,
    actor: User,
    now: datetime,
    grey_percent: int | None = None,
    attachments: Attachments = (),
) -> Approval:
    """Ask that a draft be put on sale; with `grey_percent`, for that share of customers first.

    :raises ProductIsNotDraft: :raises ProductHasNoPrice: :raises PercentIsOutOfRange:
    """
    rbac.require(actor, ProductPerm.REQUEST_LISTING, product)
    require_own(product=product, actor=actor)
    product = Product.objects.lock(product)
    if product.status != ProductStatus.DRAFT:
        raise ProductIsNotDraft(product=product, status=product.get_status_display())
    skus = str(ensure_priced(product=product, now=now))
    PRODUCT_FLOW.move(product, ProductStatus.REVIEW, actor=actor, submitted_at=now, reason=reason)
    title, release = _("{product} ({vendor}): put on sale"), ProductStatus.ON_SALE
    if grey_percent is not None:
        ensure_percent(percent=grey_percent)
        title, release = _("{product} ({vendor}): grey release"), ProductStatus.GREY
    return approvals.submit(
        kind=LISTING_REVIEW,
        title=title.format(product=product.name, vendor=product.vendor.name),
        form={
            "product": product.name,
            "skus": skus,
            "release": release.value,
            "grey_percent": None if grey_percent is None else str(grey_percent),
            "reason": reason,
        },
        applicant=actor,
        now=now,
        subject=("products.Product", product.pk),
        tenant=product.tenant,
        attachments=attachments,
    )


@transaction.atomic
def void_listing_request(*, product: Product, now: datetime, reason: str = "") -> None:
    """What was to be reviewed has been edited: it is a draft again.

    Trusted: the edit was allowed.
    """
    reason = reason or _("The product was edited.")
    approvals.void_for_subject(subject=("products.Product", product.pk), reason=reason, now=now)
    send_back_to_draft(product=product, actor=None, reason=reason)


def _discount_form(
    name: str,
    percent: Decimal,
    scope: DiscountScope,
    target: Model | None,
    valid_from: date,
    valid_until: date | None,
    reason: str,
) -> dict[str, object]:
    scope = DiscountScope(scope)
    model = TARGETS.get(scope)
    target_id = target.pk if model and isinstance(target, model) else None
    target = target if target_id else None
    ensure_discount(percent=percent, scope=scope, target_id=target_id)
    return {
        "name": name,
        "percent": percent,
        "scope": scope.value,
        "target": str(target) if target else str(scope.label),
        "target_id": str(target_id) if target_id else None,
        "valid_from": valid_from.isoformat(),
        "valid_until": valid_until.isoformat() if valid_until else None,
        "reason": reason,
    }


def _submit(
    kind: str,
    customer: Customer,
    title: str,
    form: dict[str, object],
    actor: User,
    now: datetime,
    attachments: Attachments,
) -> Approval:
    return approvals.submit(
        kind=kind,
        title=title.format(
            customer=customer.name, percent=_plain(form["percent"]), target=form["target"]
        ),
        form=form,
        applicant=actor,
        now=now,
        subject=("customers.Customer", customer.pk),
        customer_id=customer.pk,
        tenant=customer.tenant,
        attachments=attachments,
    )


def _plain(percent: object) -> str:
    return f"{Decimal(str(percent)).normalize():f}"
