"""Telling, 60, 30 and 7 days ahead, that an agreement ends (AGR-1)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import translation

from apps.notifications import services as notifications
from apps.products.agreement_enums import AGREED, AgreementStatus, OnExpiry
from apps.products.agreement_messages import AGREEMENT_EXPIRING, CUSTOMER_AGREEMENT_EXPIRING
from apps.products.models import PriceAgreement
from apps.products.periods import local_day, midnight

AHEAD = (60, 30, 7)  # days


def agreements_to_notice(*, now: datetime) -> list[int]:
    """Those that end within 60 days and whose owner has not heard it yet. Trusted: a job's work.

    Whose next version is agreed already does not end for the customer.
    """
    today = local_day(now)
    horizon = midnight(today + timedelta(days=AHEAD[0] + 1))
    soon = PriceAgreement.objects.filter(
        status=AgreementStatus.IN_FORCE, valid_until__gt=now, valid_until__lt=horizon
    ).exclude(successor__status__in=AGREED)
    return [row.pk for row in soon if _is_new(row, _stage(row.days_left(now)))]


@transaction.atomic
def tell_of_expiry(*, agreement_id: int, now: datetime) -> bool:
    """Tell the customer and whoever looks after him; whether it was news.

    Trusted: a job's work. The mark is moved and the messages are written together, once for each
    of 60, 30 and 7 days; a job that comes late tells of the nearest one alone.
    """
    agreement = PriceAgreement.objects.select_related("customer__owner", "tenant").get(
        pk=agreement_id
    )
    stage = _stage(agreement.days_left(now))
    if stage is None or agreement.status != AgreementStatus.IN_FORCE:
        return False
    unheard = Q(noticed_days__isnull=True) | Q(noticed_days__gt=stage)
    claimed = PriceAgreement.objects.filter(unheard, pk=agreement.pk).update(noticed_days=stage)
    if claimed:
        _tell(agreement, stage, now)
    return bool(claimed)


def _stage(days_left: int) -> int | None:
    """The nearest of the marks that has been reached."""
    reached = [days for days in AHEAD if 0 < days_left <= days]
    return min(reached) if reached else None


def _is_new(agreement: PriceAgreement, stage: int | None) -> bool:
    return stage is not None and (agreement.noticed_days is None or agreement.noticed_days > stage)


def _tell(agreement: PriceAgreement, stage: int, now: datetime) -> None:
    customer, key = agreement.customer, f"agreement:{agreement.pk}:ends:{stage}"
    with translation.override("zh-hans"):
        afterwards = str(OnExpiry(agreement.on_expiry).label)
    facts = {
        "number": str(agreement),
        "name": agreement.name,
        "last_day": agreement.ends_on,
        "days": str(agreement.days_left(now)),
        "afterwards": afterwards,
    }
    notifications.notify_customer(
        kind=AGREEMENT_EXPIRING.code,
        customer_id=customer.pk,
        facts=facts,
        key=key,
        now=now,
        link="/my-prices",
        tenant=agreement.tenant,
    )
    if customer.owner is not None:
        notifications.notify(
            kind=CUSTOMER_AGREEMENT_EXPIRING.code,
            to=[customer.owner],
            facts={**facts, "customer": customer.name},
            key=f"{key}:staff",
            now=now,
            link=f"/admin/products/priceagreement/{agreement.pk}/change/",
            tenant=agreement.tenant,
        )
