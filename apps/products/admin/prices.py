from typing import Any

from django.contrib import admin
from django.db.models import Field
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import RequestsApproval
from apps.core.modeladmin import BLUE, GREEN, GREY, money_column, service_action
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import services
from apps.products.admin.bases import CarefulAdmin, CatalogueAdmin
from apps.products.admin.exports import CustomerDiscountResource, PriceResource, PriceSheet
from apps.products.admin.requests import DISCOUNTS
from apps.products.admin.tables import IN_EFFECT, PAST, PLANNED, phase_of
from apps.products.enums import ProductPerm
from apps.products.models import CustomerDiscount, Price


@admin.register(Price)
class PriceAdmin(SafeExportMixin, CatalogueAdmin):
    """Prices are added, never edited: a new one takes over where it starts."""

    resource_classes = (PriceResource, PriceSheet)
    list_display = ("sku", "product", "list_price", "valid_from", "valid_until", "created_by")
    list_select_related = ("sku__product", "created_by")
    list_filter = ("valid_from", "sku__product__vendor", "sku__product__category")
    search_fields = ("sku__code__istartswith", "sku__name", "sku__product__name")
    ordering = ("-pk",)
    autocomplete_fields = ("sku",)
    fields = ("sku", "unit_price", "unit_cost", "valid_from", "valid_until")
    list_price = money_column("unit_price", _("list price"))

    @display(description=_("product"), ordering="sku__product__name")
    def product(self, price: Price) -> str:
        return str(price.sku.product)

    def get_fields(self, request: HttpRequest, obj: Price | None = None) -> Any:
        may_see_cost = request.user.has_perm(ProductPerm.VIEW_COST) and (
            obj is None or self._editable(request, obj)
        )
        return [name for name in self.fields if name != "unit_cost" or may_see_cost]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "valid_from":
            kwargs |= {"required": False, "help_text": _("Empty means at once.")}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ProductPerm.SET_PRICE)

    def has_change_permission(self, request: HttpRequest, obj: Price | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Price, form: Any, change: bool) -> None:
        price = services.set_price(
            sku=obj.sku,
            unit_price=obj.unit_price,
            unit_cost=obj.unit_cost,
            valid_from=obj.valid_from,
            valid_until=obj.valid_until,
            actor=request.user,
            now=timezone.now(),
        )
        obj.pk, obj._state.adding = price.pk, False


TARGETS = ("sku", "product", "category", "vendor")
END = service_action(
    _("End now"), services.end_discount, "discount", "products.change_customerdiscount"
)
DISCOUNT_PHASES = {PLANNED: BLUE, IN_EFFECT: GREEN, PAST: GREY}


@admin.register(CustomerDiscount)
class CustomerDiscountAdmin(RequestsApproval, SafeExportMixin, CarefulAdmin):
    """What a customer pays instead of the list price. The most specific one wins.

    They are asked for and approved, never typed in; they can be named anew and ended.
    """

    requests = DISCOUNTS
    list_before_template = "admin/approvals/requests.html"
    actions = (END,)

    resource_classes = (CustomerDiscountResource,)
    list_display = (
        "name",
        "customer",
        "percent",
        "scope",
        "covered",
        "phase",
        "valid_from",
        "valid_until",
    )
    list_select_related = ("customer", "sku", "product", "category", "vendor")
    list_filter = ("scope", "category", "vendor", "valid_from", "valid_until")
    search_fields = ("name", "customer__name", "customer__number__istartswith")
    search_help_text = _("Name of the discount, name or number of the customer")
    fields = (
        ("customer", "name"),
        ("rate", "scope"),
        ("vendor", "category"),
        ("product", "sku"),
        ("valid_from", "valid_until"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: CustomerDiscount | None = None) -> Any:
        return ("customer", "rate", "scope", *TARGETS, "valid_from", "valid_until")

    @display(description=_("customer pays"), ordering="rate")
    def percent(self, discount: CustomerDiscount) -> str:
        return f"{(discount.rate * 100).normalize():f} %"

    @display(description=_("covers"))
    def covered(self, discount: CustomerDiscount) -> str:
        return str(discount.target or discount.get_scope_display())

    @display(description=_("state"), label=DISCOUNT_PHASES)
    def phase(self, discount: CustomerDiscount) -> tuple[str, str]:
        return phase_of(discount, timezone.now())
