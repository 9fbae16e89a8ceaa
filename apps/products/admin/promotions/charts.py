import json
from collections.abc import Sequence
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.products.selectors.promotions import Day


def usage_chart(days: Sequence[Day]) -> SafeString:
    """What was given away on each day, as bars; nothing where nothing was."""
    if not any(day.orders for day in days):
        return SafeString("")
    data = {
        "labels": [day.label for day in days],
        "datasets": [
            {
                "label": _("Given away"),
                "data": [float(day.amount) for day in days],  # for drawing alone
                "backgroundColor": "var(--color-primary-600)",
            }
        ],
    }
    options: dict[str, Any] = {
        "maintainAspectRatio": False,
        "scales": {"y": {"beginAtZero": True}},
    }
    html = render_to_string(
        "unfold/components/chart/bar.html",
        {
            "data": json.dumps(data, ensure_ascii=False),
            "options": json.dumps(options),
            "height": 280,
        },
    )
    title = _("Given away in the last thirty days")
    return format_html('<div class="kb-chart" role="img" aria-label="{}">{}</div>', title, html)
