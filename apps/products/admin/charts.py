"""The list prices of a product's SKUs over time, as steps."""

import json
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.products.models import Price

MOST_LINES = 6  # more than that nobody tells apart
COLORS = ("var(--color-primary-600)", "#d97706", "#b42318", "#15803d", "#7c3aed", "#0e7490")


def price_chart(prices: Iterable[Price], *, now: datetime) -> SafeString:
    """A line for each of the first SKUs; a price that was not yet, or is no more, is a gap."""
    by_sku: dict[str, list[Price]] = {}
    for price in prices:
        by_sku.setdefault(price.sku.name, []).append(price)
    shown = dict(list(by_sku.items())[:MOST_LINES])
    moments = sorted(
        {now}
        | {price.valid_from for line in shown.values() for price in line}
        | {price.valid_until for line in shown.values() for price in line if price.valid_until}
    )
    data = {
        "labels": [f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" for moment in moments],
        "datasets": [
            {
                "label": name,
                "data": [_at(line, moment) for moment in moments],
                "stepped": True,
                "borderColor": color,
                "backgroundColor": color,
            }
            for (name, line), color in zip(shown.items(), COLORS, strict=False)
        ],
    }
    options: dict[str, Any] = {
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": True, "position": "bottom"}},
        "scales": {"y": {"beginAtZero": True}},
    }
    html = render_to_string(
        "unfold/components/chart/line.html",
        {
            "data": json.dumps(data, ensure_ascii=False),
            "options": json.dumps(options),
            "height": 280,
        },
    )
    title = _("List prices over time")
    return format_html('<div class="kb-chart" role="img" aria-label="{}">{}</div>', title, html)


def _at(line: Iterable[Price], moment: datetime) -> float | None:
    """For drawing alone: the table beside it has the amounts."""
    for price in line:
        if price.valid_from <= moment and (price.valid_until is None or price.valid_until > moment):
            return float(Decimal(price.unit_price))
    return None
