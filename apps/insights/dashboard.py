"""The first page of the admin."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from apps.core.money import format_yuan
from apps.insights import badges, selectors
from apps.orders.enums import OrderPerm
from apps.orders.models import Order
from apps.rbac.models import User

LATEST = 8


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's callback: what the page shows to this person."""
    assert isinstance(request.user, User)  # noqa: S101  the admin lets nobody else in
    now = timezone.now()
    return {
        **context,
        "as_of": now,
        "figures": selectors.figures(user=request.user, now=now),
        "charts": selectors.charts(user=request.user, now=now),
        "waiting": _waiting(request),
        "recent_orders": _recent_orders(request.user),
    }


def _waiting(request: HttpRequest) -> list[dict[str, object]]:
    queues = [
        (_("Approvals that wait for you"), badges.approvals_to_do, "approvals_approval"),
        (_("Real-name applications"), badges.customers_to_verify, "customers_customer"),
        (_("Orders held for a person"), badges.orders_held, "orders_order"),
        (_("Usage of unknown sub-accounts"), badges.accounts_unmapped, "clouds_subaccount"),
        (_("Role grants to decide"), badges.grants_waiting, "rbac_rolegrant"),
    ]
    counted = [(title, count(request), model) for title, count, model in queues]
    return [
        {"title": title, "count": count, "link": reverse(f"admin:{model}_changelist")}
        for title, count, model in counted
        if count
    ]


def _recent_orders(user: User) -> dict[str, object] | None:
    if not user.has_perm(OrderPerm.VIEW):
        return None
    orders = Order.objects.visible_to(user).select_related("customer")[:LATEST]
    rows = [
        [
            format_html(
                '<a class="kb-link" href="{}">{}</a>',
                reverse("admin:orders_order_change", args=[order.pk]),
                order.number,
            ),
            order.customer.name,
            order.get_status_display(),
            format_html('<span class="kb-money">{}</span>', format_yuan(order.total)),
            timezone.localtime(order.placed_at).strftime("%m-%d %H:%M"),
        ]
        for order in orders
    ]
    amount = {"content": _("Amount"), "class": "kb-number"}
    headers = [_("Number"), _("Customer"), _("Status"), amount, _("Placed at")]
    return {"headers": headers, "rows": rows} if rows else None
