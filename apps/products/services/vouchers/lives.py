"""What becomes of a voucher once a customer has it."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from apps.core.money import format_yuan
from apps.notifications import services as notifications
from apps.products.campaigns import VOUCHER_FLOW, VoucherPerm, VoucherStatus
from apps.products.errors import VoucherIsNotUsable
from apps.products.messages import VOUCHERS_EXPIRING
from apps.products.models import Voucher
from apps.rbac import services as rbac
from apps.rbac.models import User

REMIND_BEFORE = timedelta(days=7)
LEFT_AFTER_RELEASE = timedelta(days=7)
MOST = 1000  # rows of one sweep


@transaction.atomic
def reserve_vouchers(
    *, savings: Mapping[int, Decimal], customer_id: int, key: str, now: datetime
) -> list[Voucher]:
    """Hold the vouchers of an order that is being paid, in the order of their keys.

    Trusted: called by the transaction that pays.
    :raises VoucherIsNotUsable: if one was used, has expired or was withdrawn meanwhile
    """
    held = []
    for pk in sorted(savings):
        voucher = Voucher.objects.select_for_update().filter(pk=pk, customer=customer_id).first()
        if voucher is None or not _is_usable(voucher, now):
            raise VoucherIsNotUsable(code=voucher.code if voucher else pk)
        VOUCHER_FLOW.move(
            voucher,
            VoucherStatus.RESERVED,
            actor=None,
            reserved_at=now,
            reserved_for=key,
            saved=savings[pk],
        )
        held.append(voucher)
    return held


@transaction.atomic
def use_vouchers(*, key: str, now: datetime) -> int:
    """The order is done, so its vouchers are used for good; how many. Trusted: idempotent."""
    held = Voucher.objects.select_for_update().filter(
        reserved_for=key, status=VoucherStatus.RESERVED
    )
    vouchers = list(held.order_by("pk"))
    for voucher in vouchers:
        VOUCHER_FLOW.move(voucher, VoucherStatus.USED, actor=None, used_at=now)
    return len(vouchers)


@transaction.atomic
def release_vouchers(*, key: str, now: datetime) -> int:
    """The order never started, so its vouchers can be used again, a week longer if need be; how
    many. Trusted: idempotent."""
    held = Voucher.objects.select_for_update().filter(
        reserved_for=key, status=VoucherStatus.RESERVED
    )
    vouchers = list(held.order_by("pk"))
    for voucher in vouchers:
        VOUCHER_FLOW.move(
            voucher,
            VoucherStatus.AVAILABLE,
            actor=None,
            reserved_at=None,
            reserved_for="",
            saved=None,
            valid_until=max(voucher.valid_until, now + LEFT_AFTER_RELEASE),
        )
    return len(vouchers)


@transaction.atomic
def void_voucher(*, voucher: Voucher, actor: User, now: datetime, reason: str = "") -> Voucher:
    """Take a voucher back that has not been used."""
    rbac.require(actor, VoucherPerm.VOID, voucher)
    voucher = Voucher.objects.lock(voucher)
    VOUCHER_FLOW.move(voucher, VoucherStatus.VOID, actor=actor, reason=reason, closed_at=now)
    return voucher


def expire_vouchers(*, now: datetime) -> int:
    """End the vouchers whose time is over; how many. Trusted: a sweep."""
    over = Voucher.objects.over(now).order_by("valid_until")
    return sum(_expire(pk, now) for pk in over.values_list("pk", flat=True)[:MOST])


def remind_of_vouchers(*, now: datetime) -> int:
    """Tell customers once, a week before, what they are about to lose; how many were told.

    Trusted: a sweep.
    """
    soon = Voucher.objects.usable(now).filter(
        valid_until__lte=now + REMIND_BEFORE, reminded_at__isnull=True
    )
    by_customer: defaultdict[int, list[int]] = defaultdict(list)
    for pk, customer_id in soon.order_by("pk").values_list("pk", "customer_id")[:MOST]:
        by_customer[customer_id].append(pk)
    for customer_id, pks in by_customer.items():
        _remind(customer_id, pks, now)
    return len(by_customer)


@transaction.atomic
def _expire(pk: int, now: datetime) -> bool:
    voucher = Voucher.objects.select_for_update().get(pk=pk)
    is_over = voucher.valid_until <= now
    if not is_over or not VOUCHER_FLOW.may(voucher.status, VoucherStatus.EXPIRED):
        return False
    VOUCHER_FLOW.move(voucher, VoucherStatus.EXPIRED, actor=None, closed_at=now)
    return True


@transaction.atomic
def _remind(customer_id: int, pks: list[int], now: datetime) -> None:
    rows = Voucher.objects.select_for_update().prefetch_related("batch__tenant")
    vouchers = list(rows.filter(pk__in=pks, reminded_at__isnull=True).order_by("valid_until"))
    if not vouchers:
        return
    first = vouchers[0]
    worth = sum((voucher.batch.amount or Decimal(0) for voucher in vouchers), Decimal("0.00"))
    notifications.notify_customer(
        kind=VOUCHERS_EXPIRING.code,
        customer_id=customer_id,
        facts={
            "count": str(len(vouchers)),
            "worth": format_yuan(worth),
            "until": f"{timezone.localtime(first.valid_until):%Y-%m-%d %H:%M}",
        },
        key=f"voucher:{first.pk}:expiring",
        now=now,
        link="/vouchers",
        tenant=first.batch.tenant,
    )
    Voucher.objects.filter(pk__in=[voucher.pk for voucher in vouchers]).update(reminded_at=now)


def _is_usable(voucher: Voucher, now: datetime) -> bool:
    return (
        voucher.status == VoucherStatus.AVAILABLE
        and voucher.valid_from <= now < voucher.valid_until
    )
