"""Writing an agreement, and its next version."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from apps.approvals.services.files import examine_file
from apps.core import audit
from apps.core.numbers import next_number
from apps.customers.models import Customer
from apps.products.agreement_enums import (
    AgreementKind,
    AgreementPerm,
    AgreementStatus,
    CommitmentKind,
    OnExpiry,
)
from apps.products.agreement_errors import AgreementHasNextVersion, AgreementIsNotDraft
from apps.products.errors import PeriodIsEmpty
from apps.products.models import AgreementPrice, PriceAgreement
from apps.products.periods import midnight
from apps.rbac import services as rbac
from apps.rbac.models import User

# What a new version does not take over from the one before it.
FRESH = {"id", "agreement", "created_at"}


@transaction.atomic
def open_agreement(
    *,
    customer: Customer,
    name: str,
    starts_on: date,
    ends_on: date,
    actor: User,
    now: datetime,
    kind: AgreementKind = AgreementKind.FRAMEWORK,
    project: str = "",
    on_expiry: OnExpiry = OnExpiry.LIST_PRICE,
    grace_days: int = 0,
    commitment_kind: CommitmentKind = CommitmentKind.NONE,
    commitment: Decimal = Decimal(0),
    counts_use: bool = True,
    note: str = "",
) -> PriceAgreement:
    """Begin the first version of an agreement, from the first day to the last one.

    :raises PeriodIsEmpty: if it would end before it starts
    """
    rbac.require(actor, AgreementPerm.DRAFT, customer)
    if ends_on < starts_on:
        raise PeriodIsEmpty
    valid_until = midnight(ends_on + timedelta(days=1))
    facts: dict[str, Any] = {"name": name, "kind": kind, "project": project, "note": note}
    facts |= {"on_expiry": on_expiry, "grace_days": grace_days, "commitment": commitment}
    facts |= {"commitment_kind": commitment_kind, "counts_use": counts_use, "created_at": now}
    agreement = PriceAgreement.objects.create(
        tenant=customer.tenant,
        customer=customer,
        number=next_number("AGR", on=timezone.localdate(now)),
        **facts,
        valid_from=midnight(starts_on),
        valid_until=valid_until,
        prices_until=valid_until + timedelta(days=grace_days),
        created_by=actor,
    )
    audit.record(actor=actor, verb="priceagreement.opened", thing=agreement)
    return agreement


@transaction.atomic
def revise_agreement(*, agreement: PriceAgreement, actor: User, now: datetime) -> PriceAgreement:
    """Begin the next version, with the same prices: once approved it takes over where it starts.

    :raises AgreementIsNotInForce: if nobody agreed to this one :raises AgreementHasNextVersion:
    """
    rbac.require(actor, AgreementPerm.DRAFT, agreement)
    agreement = PriceAgreement.objects.lock(agreement)
    if agreement.status in (AgreementStatus.DRAFT, AgreementStatus.PENDING):
        raise AgreementIsNotDraft(number=agreement, status=agreement.get_status_display())
    if PriceAgreement.objects.filter(previous=agreement).exists():
        raise AgreementHasNextVersion(number=agreement)
    starts = max(agreement.valid_until, midnight(timezone.localdate(now)))
    length = agreement.valid_until - agreement.valid_from
    until = midnight(timezone.localdate(starts + length))
    copied = (
        *("tenant", "customer", "number", "name", "kind", "project", "on_expiry"),
        *("grace_days", "commitment_kind", "commitment", "counts_use", "note"),
    )
    revised = PriceAgreement.objects.create(
        **{name: getattr(agreement, name) for name in copied},
        version=agreement.version + 1,
        previous=agreement,
        valid_from=starts,
        valid_until=until,
        prices_until=until + timedelta(days=agreement.grace_days),
        created_by=actor,
        created_at=now,
    )
    for price in agreement.prices.order_by("pk"):
        AgreementPrice.objects.create(agreement=revised, **_columns(price))
    align_prices(agreement=revised)
    audit.record(actor=actor, verb="priceagreement.revised", thing=revised, of=str(agreement))
    return revised


@transaction.atomic
def align_prices(*, agreement: PriceAgreement) -> None:
    """Let the prices last as long as the agreement does. Trusted: its term was just written."""
    agreement.prices_until = agreement.valid_until + timedelta(days=agreement.grace_days)
    agreement.save(update_fields=["prices_until"])
    for price in agreement.prices.all():
        set_window(price=price, start=agreement.valid_from, until=agreement.prices_until)


def set_window(*, price: AgreementPrice, start: datetime, until: datetime) -> None:
    """Trusted: part of the act that moves the agreement. A price that never began is left as it
    is: its agreement says that it never held."""
    if until <= start or (price.valid_from, price.valid_until) == (start, until):
        return
    price.valid_from, price.valid_until = start, until
    price.save(update_fields=["valid_from", "valid_until"])


@transaction.atomic
def keep_signed_file(
    *, agreement: PriceAgreement, file: "File[Any]", actor: User, now: datetime
) -> PriceAgreement:
    """Put the signed paper to its draft, in place of an earlier one.

    :raises AgreementIsNotDraft: if it was submitted already
    :raises AttachmentTypeIsRefused: :raises AttachmentIsTooLarge:
    """
    rbac.require(actor, AgreementPerm.DRAFT, agreement)
    agreement = PriceAgreement.objects.lock(agreement)
    ensure_draft(agreement=agreement)
    found = examine_file(file=file)
    agreement.signed_file.save(found.name, file, save=False)
    agreement.signed_file_name, agreement.signed_file_sha256 = found.name, found.sha256
    agreement.save(update_fields=["signed_file", "signed_file_name", "signed_file_sha256"])
    audit.record(
        actor=actor,
        verb="priceagreement.file_kept",
        thing=agreement,
        file=found.name,
        sha256=found.sha256,
    )
    return agreement


def ensure_draft(*, agreement: PriceAgreement) -> None:
    """Trusted: compares. :raises AgreementIsNotDraft:"""
    if agreement.status != AgreementStatus.DRAFT:
        raise AgreementIsNotDraft(number=agreement, status=agreement.get_status_display())


def _columns(price: AgreementPrice) -> dict[str, Any]:
    return {
        field.name: getattr(price, field.name)
        for field in price._meta.concrete_fields
        if field.name not in FRESH
    }
