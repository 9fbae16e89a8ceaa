"""Monthly bills in GraphQL."""

from datetime import datetime

import strawberry
import strawberry_django

from apps.billing.api.filters import BillFilter
from apps.billing.models import Bill
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


@strawberry_django.type(Bill, name="Bill")
class BillNode:
    id: int
    number: str
    status: str
    list_total: Yuan
    total: Yuan
    owed: Yuan
    items_count: int
    revision: int
    issued_at: datetime
    paid_at: datetime | None

    @strawberry.field
    def month(self: Bill) -> str:
        return f"{self.month:%Y-%m}"

    @strawberry.field
    def status_label(self: Bill) -> str:
        return self.get_status_display()


@strawberry.type
class BillQuery:
    @strawberry.field(description="Newest month first.")
    def bills(
        self,
        info: Info,
        month: str | None = None,
        status: list[str] | None = None,
        page: PageNumber = 1,
        page_size: PageSize = PAGE_SIZE,
    ) -> Page[BillNode]:
        given = {"month": month, "status": status}
        found = filtered(BillFilter, rows(Bill, info).order_by("-month", "-pk"), info, given)
        return page_of(found, number=page, size=page_size)

    @strawberry_django.field
    def bill(self, info: Info, id: int) -> BillNode | None:
        return one(rows(Bill, info), id)
