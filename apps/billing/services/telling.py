"""Money, told to those whom it concerns."""

from datetime import datetime

from apps.billing.messages import BILL_CORRECTED, BILL_ISSUED, RECHARGE_PAID
from apps.billing.models import Bill, Recharge
from apps.billing.selectors import wallet_of
from apps.core.money import format_yuan
from apps.notifications import services as notifications


def tell_of_recharge(*, recharge_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    recharge = Recharge.objects.select_related("customer", "tenant").get(pk=recharge_id)
    notifications.notify_customer(
        kind=RECHARGE_PAID.code,
        customer_id=recharge.customer_id,
        facts={
            "number": recharge.number,
            "amount": format_yuan(recharge.amount),
            "available": format_yuan(wallet_of(recharge.customer).available),
        },
        key=f"recharge:{recharge.pk}:paid",
        now=now,
        link=f"/wallet/recharges/{recharge.pk}",
        tenant=recharge.tenant,
    )


def tell_of_bill(*, bill_id: int, revision: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    bill = Bill.objects.select_related("tenant").get(pk=bill_id)
    kind = BILL_ISSUED if revision == 1 else BILL_CORRECTED
    notifications.notify_customer(
        kind=kind.code,
        customer_id=bill.customer_id,
        facts={
            "number": bill.number,
            "month": f"{bill.month:%Y-%m}",
            "total": format_yuan(bill.total),
            "owed": format_yuan(bill.owed),
        },
        key=f"bill:{bill.pk}:{revision}",
        now=now,
        link=f"/bills/{bill.pk}",
        tenant=bill.tenant,
    )
