"""Orders in GraphQL."""

from datetime import datetime

import strawberry
import strawberry_django

from apps.core.graph.limits import PAGE_SIZE
from apps.core.graph.rows import (
    Info,
    Page,
    PageNumber,
    PageSize,
    Yuan,
    filtered,
    one,
    page_of,
    rows,
)
from apps.orders import selectors
from apps.orders.api.filters import OrderFilter
from apps.orders.models import Order, OrderLine


@strawberry_django.type(OrderLine, name="OrderLine")
class OrderLineNode:
    position: int
    name: str
    quantity: int
    periods: int
    billing_mode: str
    list_amount: Yuan
    amount: Yuan

    @strawberry.field
    def billing_mode_label(self: OrderLine) -> str:
        return self.get_billing_mode_display()


@strawberry_django.type(Order, name="Order")
class OrderNode:
    id: int
    number: str
    status: str
    total: Yuan
    list_total: Yuan
    paid_at: datetime | None
    completed_at: datetime | None

    @strawberry.field
    def status_label(self: Order) -> str:
        return self.get_status_display()

    @strawberry.field
    def created_at(self: Order) -> datetime:
        return self.placed_at

    @strawberry_django.field(
        prefetch_related=["lines"], description="What was bought, in one line."
    )
    def summary(self: Order) -> str:
        return selectors.summary(self)

    @strawberry_django.field(prefetch_related=["lines"])
    def lines(self: Order) -> list[OrderLineNode]:
        return self.lines.all()


@strawberry.type
class OrderQuery:
    @strawberry.field(description="Newest first.")
    def orders(
        self,
        info: Info,
        status: list[str] | None = None,
        search: str | None = None,
        page: PageNumber = 1,
        page_size: PageSize = PAGE_SIZE,
    ) -> Page[OrderNode]:
        given = {"status": status, "search": search}
        found = filtered(OrderFilter, rows(Order, info).order_by("-pk"), info, given)
        return page_of(found, number=page, size=page_size)

    @strawberry_django.field
    def order(self, info: Info, id: int) -> OrderNode | None:
        return one(rows(Order, info), id)
