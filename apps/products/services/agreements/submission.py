"""From a draft to prices that hold: once everybody has agreed."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.approvals import services as approvals
from apps.approvals.models import Approval
from apps.approvals.standard import Attachments
from apps.core.events import publish
from apps.products.agreement_enums import (
    AGREEMENT_FLOW,
    AgreementPerm,
    AgreementStatus,
)
from apps.products.agreement_errors import (
    AgreementHasNoPrices,
    AgreementIsNotSigned,
    AgreementIsOver,
)
from apps.products.events import AgreementInForce
from apps.products.models import PriceAgreement
from apps.products.services.agreements.drafting import ensure_draft, set_window
from apps.rbac import services as rbac
from apps.rbac.models import User

KIND = "products.price_agreement"
LABEL = "products.PriceAgreement"


@transaction.atomic
def submit_agreement(
    *,
    agreement: PriceAgreement,
    reason: str,
    actor: User,
    now: datetime,
    attachments: Attachments = (),
) -> Approval:
    """Ask that the agreement be put in force.

    :raises AgreementIsNotDraft: :raises AgreementHasNoPrices: :raises AgreementIsNotSigned:
    :raises AgreementIsOver: if its last day has passed
    """
    rbac.require(actor, AgreementPerm.DRAFT, agreement)
    agreement = PriceAgreement.objects.lock(agreement)
    ensure_draft(agreement=agreement)
    if not agreement.prices.exists():
        raise AgreementHasNoPrices(number=agreement)
    if not agreement.signed_file:
        raise AgreementIsNotSigned(number=agreement)
    if agreement.valid_until <= now:
        raise AgreementIsOver(number=agreement)
    AGREEMENT_FLOW.move(agreement, AgreementStatus.PENDING, actor=actor, reason=reason)
    return approvals.submit(
        kind=KIND,
        title=_title(agreement),
        form=_form(agreement, reason),
        applicant=actor,
        now=now,
        subject=(LABEL, agreement.pk),
        customer_id=agreement.customer_id,
        tenant=agreement.tenant,
        attachments=attachments,
    )


@transaction.atomic
def put_in_force(
    *, agreement: PriceAgreement, actor: User | None, now: datetime, reason: str
) -> PriceAgreement:
    """Let its prices hold from its first day, or from now if that has passed; the version before
    it ends there. Trusted: it has been approved.

    :raises AgreementIsOver: if its term passed while it waited
    """
    agreement = PriceAgreement.objects.lock(agreement)
    if agreement.valid_until <= now:
        raise AgreementIsOver(number=agreement)
    agreement.valid_from = max(agreement.valid_from, now)
    agreement.save(update_fields=["valid_from"])
    AGREEMENT_FLOW.move(
        agreement, AgreementStatus.IN_FORCE, actor=actor, reason=reason, approved_at=now
    )
    for price in agreement.prices.all():
        set_window(price=price, start=agreement.valid_from, until=agreement.prices_until)
    if agreement.previous is not None:
        _give_way(agreement.previous, agreement.valid_from, now, actor)
    publish(AgreementInForce(agreement_id=agreement.pk, customer_id=agreement.customer_id))
    return agreement


@transaction.atomic
def return_to_draft(*, agreement: PriceAgreement, actor: User | None, reason: str) -> None:
    """It was refused or taken back: it can be written again. Trusted: an approval ended."""
    agreement = PriceAgreement.objects.lock(agreement)
    if agreement.status == AgreementStatus.PENDING:
        AGREEMENT_FLOW.move(agreement, AgreementStatus.DRAFT, actor=actor, reason=reason)


def _title(agreement: PriceAgreement) -> str:
    return _("{customer}: price agreement {number}, {start} to {end}").format(
        customer=agreement.customer.name,
        number=agreement,
        start=agreement.starts_on,
        end=agreement.ends_on,
    )


def _form(agreement: PriceAgreement, reason: str) -> dict[str, object]:
    return {
        "agreement": str(agreement),
        "kind": agreement.kind,
        "commitment": agreement.commitment,
        "valid_from": agreement.starts_on,
        "valid_until": agreement.ends_on,
        "reason": reason,
    }


def _give_way(older: PriceAgreement, at: datetime, now: datetime, actor: User | None) -> None:
    """End the older version's prices where the new one starts; the sweep closes it there."""
    older = PriceAgreement.objects.lock(older)
    if older.status != AgreementStatus.IN_FORCE or older.prices_until <= at:
        return
    older.prices_until = at
    older.save(update_fields=["prices_until"])
    for price in older.prices.all():
        set_window(price=price, start=older.valid_from, until=at)
    if at <= now:
        AGREEMENT_FLOW.move(older, AgreementStatus.SUPERSEDED, actor=actor, ended_at=now)
