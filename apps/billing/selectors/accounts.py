"""An account's legs and their sum, for the accountant's view."""

from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from apps.billing.models import Account, Transfer
from apps.core.money import round_fen

ZERO = Decimal("0.00")


def legs_of(account: Account) -> QuerySet[Transfer]:
    """The account's transfers, newest first, with the entry and both accounts."""
    legs = Transfer.objects.filter(Q(debit=account) | Q(credit=account))
    return legs.select_related("entry", "debit", "credit").order_by("-pk")


def balance_of(account: Account) -> Decimal:
    """What the account holds, recomputed from its legs, positive on the side on which it grows."""
    debits = Transfer.objects.filter(debit=account).aggregate(sum=Sum("amount"))["sum"] or ZERO
    credits_ = Transfer.objects.filter(credit=account).aggregate(sum=Sum("amount"))["sum"] or ZERO
    return round_fen(debits - credits_ if account.grows_on_debit else credits_ - debits)
