"""Bars for the admin's Chart.js, and times in words."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

MOST_BARS = 12


@dataclass(frozen=True)
class Chart:
    """`data` and `options` are JSON."""

    title: str
    data: str
    options: str


def bars(title: str, labels: Sequence[str], *series: tuple[str, Sequence[float], str]) -> Chart:
    """Horizontal bars, so that Chinese names have room; a series is name, values, colour."""
    datasets = [
        {"label": name, "data": list(values)[:MOST_BARS], "backgroundColor": color}
        for name, values, color in series
    ]
    options: dict[str, Any] = {
        "indexAxis": "y",
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": len(series) > 1}},
        "scales": {"x": {"beginAtZero": True}, "y": {"beginAtZero": True}},
    }
    data = {"labels": list(labels)[:MOST_BARS], "datasets": datasets}
    return Chart(title, json.dumps(data, ensure_ascii=False), json.dumps(options))


BRAND, AMBER, RED = "var(--color-primary-600)", "#d97706", "#b42318"


def span(minutes: int) -> str:
    """Working minutes in words: “25 min”, “3 h 20 min”."""
    if minutes < 60:
        return _("%(n)d min") % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest}


def hours(minutes: int) -> float:
    """For a chart's axis."""
    return round(minutes / 60, 2)
