"""Cloud resources in GraphQL."""

from datetime import datetime

import strawberry
import strawberry_django
from strawberry.scalars import JSON

from apps.clouds.api.filters import ResourceFilter
from apps.clouds.models import Resource
from apps.core.graph.limits import PAGE_SIZE
from apps.core.graph.rows import Info, Page, PageNumber, PageSize, filtered, one, page_of, rows


@strawberry_django.type(Resource, name="Resource")
class ResourceNode:
    id: int
    name: str
    status: str
    vendor_id: str | None
    region: str
    specification: JSON
    billing_mode: str
    public_ip: str | None
    private_ip: str | None
    problem: str
    created_at: datetime
    activated_at: datetime | None
    expires_at: datetime | None
    released_at: datetime | None

    @strawberry.field
    def status_label(self: Resource) -> str:
        return self.get_status_display()

    @strawberry.field
    def region_name(self: Resource) -> str:
        return self.get_region_display()

    @strawberry.field
    def billing_mode_label(self: Resource) -> str:
        return self.get_billing_mode_display()

    @strawberry.field
    def vendor(self: Resource) -> str:
        return self.account.vendor.name

    @strawberry.field
    def product(self: Resource) -> str:
        return self.sku.product.name

    @strawberry.field
    def customer(self: Resource) -> str:
        return self.customer.name


@strawberry.type
class ResourceQuery:
    @strawberry.field(description="Newest first.")
    def resources(
        self,
        info: Info,
        status: list[str] | None = None,
        vendor: str | None = None,
        region: str | None = None,
        expires_before: datetime | None = None,
        search: str | None = None,
        page: PageNumber = 1,
        page_size: PageSize = PAGE_SIZE,
    ) -> Page[ResourceNode]:
        given = {
            "status": status,
            "vendor": vendor,
            "region": region,
            "expires_before": expires_before and expires_before.isoformat(),
            "search": search,
        }
        found = filtered(ResourceFilter, rows(Resource, info).order_by("-pk"), info, given)
        return page_of(found, number=page, size=page_size, load=lambda some: some.with_product())

    @strawberry_django.field
    def resource(self, info: Info, id: int) -> ResourceNode | None:
        return one(rows(Resource, info).with_product(), id)
