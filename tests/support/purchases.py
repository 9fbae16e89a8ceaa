"""What customers bought, as it lies in the database."""

from datetime import datetime
from decimal import Decimal

from apps.customers.models import Customer
from apps.orders.enums import OrderStatus
from apps.orders.models import Order, OrderLine
from apps.products.models import Sku
from tests.factories.products import QuoteFactory


def buy(
    customer: Customer,
    sku: Sku,
    amount: str,
    at: datetime,
    *,
    status: OrderStatus = OrderStatus.COMPLETED,
    quantity: int = 1,
    project: str = "",
) -> OrderLine:
    """A paid order of one line; it cost twice as much by the list."""
    quote = QuoteFactory(customer=customer, project=project)
    order = Order.objects.create(
        number=f"ORD{quote.pk}",
        tenant=customer.tenant,
        customer=customer,
        quote=quote,
        list_total=Decimal(amount) * 2,
        total=amount,
        status=status,
        placed_by=quote.created_by,
        placed_at=at,
        paid_at=at,
        completed_at=at,
        closed_at=at,
    )
    return OrderLine.objects.create(
        order=order,
        position=1,
        sku=sku,
        name="云服务器",
        quantity=quantity,
        periods=1,
        billing_mode=sku.billing_mode,
        list_amount=Decimal(amount) * 2,
        amount=amount,
    )
