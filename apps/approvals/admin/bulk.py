"""Approving several at once: what would happen first, then what did, one transaction each."""

import base64
import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import kinds, selectors, services
from apps.approvals.admin import looks
from apps.approvals.enums import ApprovalVerb
from apps.approvals.models import Approval
from apps.core.errors import DomainError
from apps.core.money import format_yuan
from apps.core.retry import retry_txn
from apps.core.spreadsheets.columns import Column
from apps.core.spreadsheets.writers import write_csv
from apps.rbac.models import User

MOST = 100
LONGEST_COUNT = 8  # digits


def approve(modeladmin: Any, request: HttpRequest, queryset: QuerySet) -> TemplateResponse:
    """The page of the action: a preview, or after its confirmation the report."""
    is_done = request.POST.get("confirmed") == "yes"
    left = _left(request) if is_done else max(queryset.count() - MOST, 0)
    chosen = list(queryset.select_related("applicant", "version__definition")[:MOST])
    say: Callable[[User, Approval], str] = _try if is_done else _objection
    rows = [_row(approval, say(request.user, approval)) for approval in chosen]
    refused = [row for row in rows if row["why"]]
    context = {
        **modeladmin.admin_site.each_context(request),
        "opts": modeladmin.opts,
        "title": _("Approve selected"),
        "rows": rows,
        "ok": len(rows) - len(refused),
        "failed": len(refused),
        "total": _total([row["approval"] for row in rows if not row["why"]]),
        "left": left,
        "most": MOST,
        "is_done": is_done,
        "errors_file": _file(refused) if is_done and refused else "",
        "back": reverse("admin:approvals_approval_changelist"),
    }
    return TemplateResponse(request, "admin/approvals/bulk.html", context)


def _left(request: HttpRequest) -> int:
    """How many of the selection the preview had no room for."""
    told = request.POST.get("left", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < LONGEST_COUNT else 0


def _row(approval: Approval, why: str) -> dict[str, Any]:
    return {
        "approval": approval,
        "amount": looks.amount_of(approval),
        "why": why,
        "link": reverse("admin:approvals_approval_change", args=[approval.pk]),
    }


def _objection(user: User, approval: Approval) -> str:
    """Why it can't be approved in bulk; empty if it can."""
    if not kinds.get(approval.kind).allows_bulk:
        return _("Requests of this kind are decided one by one.")
    told = selectors.decision(approval, user, now=timezone.now())
    return next(item.why_not for item in told.verbs if item.verb == ApprovalVerb.APPROVE)


def _try(user: User, approval: Approval) -> str:
    why = _objection(user, approval)
    if why:
        return why
    try:
        retry_txn(services.approve)(approval=approval, actor=user, note="", now=timezone.now())
    except DomainError as error:
        return str(error)
    return ""


def _total(approvals: list[Approval]) -> str:
    amounts = [approval.facts.get("amount") for approval in approvals]
    known = [Decimal(str(amount)) for amount in amounts if amount not in (None, "")]
    return format_yuan(sum(known, Decimal(0))) if known else ""


def _file(refused: list[dict[str, Any]]) -> str:
    """What was not done, as a file that needs no second request."""
    columns = [Column(_("Number")), Column(_("Title")), Column(_("Why not"))]
    rows = [(row["approval"].number, row["approval"].title, row["why"]) for row in refused]
    target = io.BytesIO()
    write_csv(target, columns, rows)
    return f"data:text/csv;base64,{base64.b64encode(target.getvalue()).decode()}"
