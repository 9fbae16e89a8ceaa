from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

import factory
from factory.django import DjangoModelFactory

from apps.billing import services as billing
from apps.billing.enums import Channel, RechargeStatus
from apps.billing.models import Bill, PayoutStop, Recharge, WalletBalance
from apps.billing.services.posting import open_wallet
from apps.customers.models import Customer
from tests.factories.customers import CustomerFactory

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
_serial = count(1)


class RechargeFactory(DjangoModelFactory):
    """A recharge that waits for payment. Its money comes by `confirm_recharge`."""

    class Meta:
        model = Recharge

    class Params:
        closed = factory.Trait(status=RechargeStatus.CLOSED, closed_at=NOON)

    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    number = factory.Sequence("REC20250101{:06d}".format)
    channel = Channel.ALIPAY
    amount = Decimal("100.00")
    pay_url = "https://pay.example/gateway.do?sign=x"
    created_at = NOON
    expires_at = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)


class WalletBalanceFactory(DjangoModelFactory):
    """An empty wallet; money only comes through services."""

    class Meta:
        model = WalletBalance

    customer = factory.SubFactory(CustomerFactory)

    @classmethod
    def _create(cls, model_class, *args, **fields) -> WalletBalance:
        open_wallet(customer=fields["customer"])
        return fields["customer"].wallet


class PayoutStopFactory(DjangoModelFactory):
    class Meta:
        model = PayoutStop

    raised_at = NOON
    findings = factory.LazyFunction(list)


def fund(customer: Customer, amount: str | Decimal, *, now: datetime = NOON) -> Recharge:
    """Give a customer cash the way a payment channel does: a paid recharge, its lot and entry."""
    recharge = RechargeFactory(customer=customer, amount=Decimal(amount))
    return billing.confirm_recharge(
        number=recharge.number,
        amount=recharge.amount,
        channel_trade_no=f"T{recharge.number}",
        now=now,
    )


def spend(customer: Customer, amount: str, *, key: str = "", now: datetime = NOON):
    """Charge a purchase."""
    return billing.charge_wallet(
        customer=customer,
        amount=Decimal(amount),
        key=key or f"spend:{next(_serial)}",
        source=("orders.Order", "1"),
        now=now,
        note="ORD20261120000001",
    )


def usage(payable: str, **facts: str) -> billing.UsageCharge:
    """A line of usage whose list cost is a quarter more."""
    return billing.UsageCharge(
        product_code=facts.get("product", "ecs"),
        product_name=facts.get("name", "云服务器"),
        resource_id=facts.get("resource", "i-1"),
        region=facts.get("region", "cn-hangzhou"),
        list_cost=Decimal(payable) * Decimal("1.25"),
        payable=Decimal(payable),
    )


def bill(
    customer: Customer, *payables: str, month: date = date(2026, 10, 1), now: datetime = NOON
) -> Bill:
    """Bill a month of usage, one resource for each amount."""
    items = [usage(amount, resource=f"i-{n}") for n, amount in enumerate(payables, 1)]
    return billing.charge_usage(customer=customer, month=month, items=items, key="usage", now=now)
