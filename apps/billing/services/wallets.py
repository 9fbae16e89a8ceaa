"""Wallets: how far a customer may owe."""

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext

from apps.approvals import services as approvals
from apps.billing.enums import WalletPerm
from apps.billing.errors import CreditLimitIsNegative
from apps.billing.models import WalletBalance
from apps.billing.services.posting import ZERO, lock_wallets
from apps.core import audit
from apps.core.money import round_fen
from apps.customers.models import Customer
from apps.rbac import services as rbac
from apps.rbac.models import User


@transaction.atomic
def set_credit_limit(
    *, customer: Customer, limit: Decimal, actor: User, now: datetime, reason: str = ""
) -> WalletBalance:
    """Let the customer owe up to `limit`. What he owes already stays owed.

    :raises CreditLimitIsNegative: for less than zero
    """
    rbac.require(actor, WalletPerm.SET_CREDIT_LIMIT, customer)
    wallet = apply_credit_limit(customer=customer, limit=limit, actor=actor, now=now, reason=reason)
    approvals.void_for_subject(
        subject=wallet_subject(customer=customer),
        kind="billing.credit_limit",
        reason=gettext("The credit limit was changed meanwhile."),
        now=now,
    )
    return wallet


@transaction.atomic
def apply_credit_limit(
    *, customer: Customer, limit: Decimal, actor: User | None, now: datetime, reason: str
) -> WalletBalance:
    """Let the customer owe up to `limit`. Trusted: it has been approved, or the actor may.

    :raises CreditLimitIsNegative: for less than zero
    """
    if limit < ZERO:
        raise CreditLimitIsNegative
    with connection.cursor() as cursor:
        before = lock_wallets(cursor=cursor, customer_ids=[customer.pk])[customer.pk].credit_limit
    wallet = WalletBalance.objects.get(customer=customer)
    wallet.credit_limit = round_fen(limit)
    wallet.save(update_fields=["credit_limit"])
    audit.record(
        actor=actor,
        verb="wallet.credit_limit_set",
        thing=customer,
        before={"credit_limit": str(before)},
        after={"credit_limit": str(wallet.credit_limit)},
        reason=reason,
    )
    return wallet


def wallet_subject(*, customer: Customer) -> tuple[str, int]:
    """How approvals name a customer's wallet. Trusted: opens it if it is new."""
    with connection.cursor() as cursor:
        wallets = lock_wallets(cursor=cursor, customer_ids=[customer.pk])
    return "billing.WalletBalance", wallets[customer.pk].pk
