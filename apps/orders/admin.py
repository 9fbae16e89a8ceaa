from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    ReadOnlyAdmin,
    ReadOnlyTabularInline,
    money_column,
    service_action,
    status_column,
)
from apps.core.money import format_yuan
from apps.orders import selectors, services
from apps.orders.enums import OrderPerm, OrderStatus, SagaStatus
from apps.orders.models import Order, OrderLine, Saga, SagaStep

ORDER_COLORS = {
    OrderStatus.AWAITING_PAYMENT: AMBER,
    OrderStatus.PROVISIONING: BLUE,
    OrderStatus.PARKED: RED,
    OrderStatus.REFUNDING: BLUE,
    OrderStatus.COMPLETED: GREEN,
    OrderStatus.REFUNDED: RED,
    OrderStatus.CANCELLED: GREY,
}
SAGA_COLORS = {
    SagaStatus.RUNNING: BLUE,
    SagaStatus.COMPENSATING: AMBER,
    SagaStatus.PARKED: RED,
    SagaStatus.COMPLETED: GREEN,
    SagaStatus.COMPENSATED: GREY,
}


NEXT_ACTS = {
    OrderStatus.AWAITING_PAYMENT: ("cancel_order",),
    OrderStatus.PARKED: ("resume_order", "abandon_order"),
}


class OrderLineInline(ReadOnlyTabularInline):
    model = OrderLine
    fields = (
        "position",
        "name",
        "quantity",
        "periods",
        "billing_mode",
        "list_amount",
        "amount",
    )
    show_change_link = False
    tab = True


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """The order workbench."""

    list_display = (
        "number",
        "customer",
        "status_tag",
        "amount",
        "placed_by",
        "placed_at",
        "paid_at",
        "completed_at",
    )
    list_select_related = ("customer", "placed_by")
    list_filter = ("status", "tenant", "placed_at")
    date_hierarchy = "placed_at"
    search_fields = ("number__istartswith", "customer__name", "customer__number__istartswith")
    search_help_text = _("Order number, customer's name or number")
    fields = (
        ("number", "status", "customer"),
        ("list_amount", "amount", "quote"),
        ("placed_by", "placed_at", "paid_at"),
        ("completed_at", "closed_at", "tenant"),
        "time_line",
    )
    readonly_fields = ("list_amount", "amount", "time_line")
    inlines = (OrderLineInline,)
    actions = (
        service_action(
            _("Resume held orders"), services.resume_order, arg="order", permission=OrderPerm.RESUME
        ),
        service_action(
            _("Give up held orders and refund"),
            services.abandon_order,
            arg="order",
            permission=OrderPerm.ABANDON,
        ),
        service_action(
            _("Cancel unpaid orders"),
            services.cancel_order,
            arg="order",
            permission=OrderPerm.CANCEL,
        ),
    )
    status_tag = status_column("status", ORDER_COLORS)
    amount = money_column("total", _("total"))
    list_amount = money_column("list_total", _("list total"))

    change_form_outer_before_template = "admin/orders/order_header.html"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        order = self.get_object(request, object_id) if object_id else None
        facts = self._header(request, order) if order else {}
        return super().changeform_view(
            request, object_id, form_url, {**(extra_context or {}), **facts}
        )

    def _header(self, request: HttpRequest, order: Order) -> dict[str, Any]:
        """What the head of the page says, and the acts that the state and the person allow.

        An act is posted to the list's action, so that it goes through the same door.
        """
        saga = Saga.objects.filter(order=order).first()
        names = NEXT_ACTS.get(OrderStatus(order.status), ())
        offered = self.get_actions(request)
        return {
            "kb_order": order,
            "kb_total": format_yuan(order.total),
            "kb_is_moving": order.status in (OrderStatus.PROVISIONING, OrderStatus.REFUNDING),
            "kb_next_step": selectors.next_step(order),
            "kb_problem": saga.problem if saga else "",
            "kb_acts": [(name, offered[name][2]) for name in names if name in offered],
        }

    @display(description=_("time line"))
    def time_line(self, order: Order) -> str:
        rows = (
            (localtime(item.at).strftime("%Y-%m-%d %H:%M:%S"), item.label, item.actor, item.note)
            for item in selectors.timeline(order)
        )
        items = format_html_join("", "<li><time>{}</time> <b>{}</b> · {} {}</li>", rows)
        return format_html('<ol class="kb-timeline">{}</ol>', items)


class SagaStepInline(ReadOnlyTabularInline):
    model = SagaStep
    fields = ("position", "name", "line", "status", "attempts", "key", "done_at", "problem")
    show_change_link = False
    tab = True


@admin.register(Saga)
class SagaAdmin(ReadOnlyAdmin):
    """How far the work on paid orders is, and what holds it."""

    list_display = ("order", "status_tag", "started_at", "ended_at", "next_run_at", "problem")
    list_select_related = ("order",)
    list_filter = ("status", "started_at")
    search_fields = ("order__number__istartswith",)
    inlines = (SagaStepInline,)
    status_tag = status_column("status", SAGA_COLORS)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        return self.changeform_view(request, object_id)
