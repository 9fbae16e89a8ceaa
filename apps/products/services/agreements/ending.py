"""How an agreement ends: its time is over, or somebody ends it."""

from datetime import datetime

from django.db import transaction

from apps.core.events import publish
from apps.core.retry import retry_txn
from apps.products.agreement_enums import AGREED, AGREEMENT_FLOW, AgreementPerm, AgreementStatus
from apps.products.agreement_errors import AgreementIsNotInForce
from apps.products.events import AgreementEnded
from apps.products.models import PriceAgreement
from apps.products.services.agreements.drafting import set_window
from apps.rbac import services as rbac
from apps.rbac.models import User

MOST_AT_ONCE = 500


@transaction.atomic
def terminate_agreement(
    *, agreement: PriceAgreement, actor: User, now: datetime, reason: str = ""
) -> PriceAgreement:
    """End an agreement before its time, or drop a draft. Its prices hold no longer.

    :raises AgreementIsNotInForce: if it has ended, or waits for its approval
    """
    agreement = PriceAgreement.objects.lock(agreement)
    is_draft = agreement.status == AgreementStatus.DRAFT
    needed = AgreementPerm.DRAFT if is_draft else AgreementPerm.TERMINATE
    rbac.require(actor, needed, agreement)
    if not AGREEMENT_FLOW.may(agreement.status, AgreementStatus.TERMINATED):
        raise AgreementIsNotInForce(number=agreement, status=agreement.get_status_display())
    if not is_draft:
        _cut(agreement, now)
    AGREEMENT_FLOW.move(
        agreement, AgreementStatus.TERMINATED, actor=actor, reason=reason, ended_at=now
    )
    publish(AgreementEnded(agreement_id=agreement.pk, customer_id=agreement.customer_id))
    return agreement


def expire_agreements(*, now: datetime) -> int:
    """Close those whose prices are over; how many. Trusted: a job's work, which may be doubled or
    late: prices end by themselves, at their moment."""
    due = PriceAgreement.objects.to_expire(now).order_by("pk")[:MOST_AT_ONCE]
    return sum(retry_txn(_expire)(pk, now) for pk in due.values_list("pk", flat=True))


@transaction.atomic
def _expire(pk: int, now: datetime) -> int:
    agreement = PriceAgreement.objects.select_for_update().get(pk=pk)
    if agreement.status != AgreementStatus.IN_FORCE or agreement.prices_until > now:
        return 0
    successor = PriceAgreement.objects.filter(previous=agreement, status__in=AGREED).first()
    gave_way = successor is not None and agreement.prices_until == successor.valid_from
    to = AgreementStatus.SUPERSEDED if gave_way else AgreementStatus.EXPIRED
    AGREEMENT_FLOW.move(agreement, to, actor=None, ended_at=agreement.prices_until)
    publish(AgreementEnded(agreement_id=agreement.pk, customer_id=agreement.customer_id))
    return 1


def _cut(agreement: PriceAgreement, now: datetime) -> None:
    agreement.prices_until = min(agreement.prices_until, now)
    agreement.save(update_fields=["prices_until"])
    for price in agreement.prices.all():
        set_window(price=price, start=agreement.valid_from, until=agreement.prices_until)
