"""What waits now, for whom and since when; and how long decisions take."""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import selectors
from apps.approvals.admin import charts, looks
from apps.approvals.admin.form_fields import INPUT
from apps.approvals.enums import ApprovalPerm
from apps.approvals.selectors.times import TimeRow, WaitingRow

MOST_ROWS = 200
DAYS = 30


def board(request: HttpRequest) -> dict[str, Any]:
    """The board of what waits: figures, charts, rows, the longest first."""
    _require(request)
    now = timezone.now()
    rows = selectors.waiting_now(request.user, now=now)
    return {
        "title": _("Waiting now"),
        "as_of": now,
        "figures": _figures(rows),
        "charts": [
            _counted(_("By holder"), [row.person for row in rows], charts.BRAND),
            _counted(_("By kind"), [row.kind_label for row in rows], charts.BRAND),
            _waits(rows),
        ],
        "rows": [_row(held) for held in _by_request(rows)[:MOST_ROWS]],
        "headers": [
            _("Request"),
            _("Kind"),
            _("Step"),
            _("Held by"),
            _("Working time waited"),
            _("Reminder"),
        ],
    }


def _require(request: HttpRequest) -> None:
    if not request.user.has_perm(ApprovalPerm.ANALYZE):
        raise PermissionDenied


def _figures(rows: list[WaitingRow]) -> list[dict[str, Any]]:
    overdue = len({row.approval_id for row in rows if row.is_overdue})
    longest = max((row.worked_minutes for row in rows), default=0)
    requests = len({row.approval_id for row in rows})
    people = len({row.person_id for row in rows})
    return [
        {"title": _("Requests that wait"), "value": requests, "note": _("not decided yet")},
        {"title": _("Overdue"), "value": overdue, "note": _("longer than the reminder allows")},
        {"title": _("Longest wait"), "value": charts.span(longest), "note": _("working time")},
        {"title": _("People asked"), "value": people, "note": _("who hold at least one")},
    ]


def _counted(title: str, names: list[str], color: str) -> charts.Chart:
    counted = Counter(names).most_common()
    values = [float(count) for _name, count in counted]
    return charts.bars(title, [name for name, _count in counted], (_("waiting"), values, color))


AGES = ((4, "≤ 4 h"), (8, "≤ 8 h"), (16, "≤ 16 h"), (40, "≤ 40 h"))


def _waits(rows: list[WaitingRow]) -> charts.Chart:
    """How many have waited how long."""
    labels = [*(label for _hours, label in AGES), "> 40 h"]
    ages = Counter(
        next((label for most, label in AGES if row.worked_minutes <= most * 60), labels[-1])
        for row in rows
    )
    values = [float(ages[label]) for label in labels]
    return charts.bars(_("By working time waited"), labels, (_("waiting"), values, charts.AMBER))


def _by_request(rows: list[WaitingRow]) -> list[list[WaitingRow]]:
    """The tasks of one step of one request belong together."""
    groups: dict[tuple[int, str], list[WaitingRow]] = {}
    for row in rows:
        groups.setdefault((row.approval_id, row.node), []).append(row)
    return list(groups.values())


def _row(held: list[WaitingRow]) -> dict[str, Any]:
    row, is_overdue = held[0], any(one.is_overdue for one in held)
    return {
        "number": row.number,
        "title": row.title,
        "link": reverse("admin:approvals_approval_change", args=[row.approval_id]),
        "kind": row.kind_label,
        "node": row.node,
        "holder": "、".join(dict.fromkeys(one.person for one in held)),
        "since": row.since,
        "waited": charts.span(row.worked_minutes),
        "tone": looks.FAILED if is_overdue else looks.PROGRESS,
        "state": _("overdue") if is_overdue else _("in time"),
    }


def _day(label: Any) -> forms.DateField:
    widget = forms.DateInput(attrs={**INPUT, "type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, widget=widget)


class SpanForm(forms.Form):
    """Days, both included."""

    since = _day(gettext_lazy("From"))
    until = _day(gettext_lazy("Until"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "since" in cleaned and "until" in cleaned and cleaned["until"] < cleaned["since"]:
            self.add_error("until", _("The end is before the beginning."))
        return cleaned


def times(request: HttpRequest) -> dict[str, Any]:
    """How long decisions took in a span: half of them, nine of ten, by node, person and kind."""
    _require(request)
    today = timezone.localdate()
    asked = {"since": today - timedelta(days=DAYS - 1), "until": today}
    form = SpanForm(request.GET if "since" in request.GET else asked)
    context: dict[str, Any] = {"title": _("Time analysis"), "form": form, "parts": []}
    if not form.is_valid():
        return context
    since = _midnight(form.cleaned_data["since"])
    until = _midnight(form.cleaned_data["until"] + timedelta(days=1))
    found = selectors.time_statistics(request.user, since=since, until=until)
    context["parts"] = [
        _part(_("By step"), _("Step"), found.by_node),
        _part(_("By person"), _("Person"), found.by_person),
        _part(_("By kind"), _("Kind"), found.by_kind),
    ]
    return context


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _part(title: str, heading: str, rows: list[TimeRow]) -> dict[str, Any]:
    chart = charts.bars(
        title,
        [row.label for row in rows],
        (_("Half within (p50)"), [charts.hours(row.p50) for row in rows], charts.BRAND),
        (_("9 of 10 within (p90)"), [charts.hours(row.p90) for row in rows], charts.AMBER),
    )
    table = [
        {
            "name": row.label,
            "count": row.count,
            "p50": charts.span(row.p50),
            "p90": charts.span(row.p90),
        }
        for row in rows
    ]
    return {
        "title": title,
        "heading": heading,
        "rows": table,
        "data": chart.data,
        "options": chart.options,
    }
