"""Who may buy nothing new: his agreement ended, and says so."""

from datetime import datetime

from apps.customers.models import Customer
from apps.products.agreement_errors import AgreementHasExpired
from apps.products.pricing import OrderType
from apps.products.selectors.agreements import blocking_agreement


def ensure_may_buy(
    *, customer: Customer, at: datetime, order_type: str = OrderType.NEW, project: str = ""
) -> None:
    """Let pass whose agreement does not forbid it; what he has may always be renewed.

    Trusted: compares. :raises AgreementHasExpired:
    """
    if order_type == OrderType.RENEW:
        return
    agreement = blocking_agreement(customer=customer, at=at, project=project)
    if agreement is not None:
        raise AgreementHasExpired(number=agreement.number, day=agreement.ends_on)
