"""Dry runs of rules: started from the rule's page, followed while they run, read when done."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.core.errors import DomainError
from apps.core.modeladmin import (
    BLUE,
    GREEN,
    GREY,
    RED,
    ReadOnlyAdmin,
    status_column,
)
from apps.core.money import format_yuan
from apps.core.retry import retry_txn
from apps.products import services
from apps.products.admin.tables import money
from apps.products.agreement_enums import DRY_RUN_FLOW, ContractPerm, DryRunStatus
from apps.products.enums import ProductPerm
from apps.products.models import RuleDryRun
from apps.products.rule_subjects import trial_of
from apps.products.selectors.trying import is_stale

COLORS = {
    DryRunStatus.WAITING: GREY,
    DryRunStatus.RUNNING: BLUE,
    DryRunStatus.DONE: GREEN,
    DryRunStatus.FAILED: RED,
}


LABEL = gettext_lazy("Try on past orders")


def _start(request: HttpRequest, obj: Model) -> str:
    """The address of the result."""
    run = services.start_dry_run(
        subject=(obj._meta.label, obj.pk), actor=request.user, now=timezone.now()
    )
    messages.success(request, _("The orders of the last 90 days are being priced."))
    return reverse("admin:products_ruledryrun_change", args=[run.pk])


def _press(modeladmin: Any, request: HttpRequest, obj: Model) -> None:
    request.kboss_next = _start(request, obj)


# A button below the form of whatever has rules; the page goes on to the result.
_press.__name__ = "dry_run_button"
dry_run_button: Callable[..., Any] = action(
    _press,
    description=LABEL,
    permissions=["dry_run"],
    icon="science",
)


@admin.action(description=LABEL)
def try_on_past_orders(
    modeladmin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet
) -> HttpResponse | None:
    """For whatever is not saved by being tried; of one row the page goes on to the result."""
    started = []
    for thing in queryset:
        try:
            started.append(retry_txn(_start)(request, thing))
        except DomainError as error:
            modeladmin.message_user(request, f"{thing}: {error}", messages.ERROR)
    return HttpResponseRedirect(started[0]) if len(started) == 1 else None


try_on_past_orders.required_permission = ContractPerm.DRY_RUN  # type: ignore[attr-defined]


@admin.register(RuleDryRun)
class RuleDryRunAdmin(ReadOnlyAdmin):
    change_form_outer_before_template = "admin/products/dry_run.html"
    list_display = (
        "subject_name",
        "status_tag",
        "given",
        "orders_changed",
        "below_cost",
        "fresh",
        "started_by",
        "created_at",
    )
    list_select_related = ("started_by",)
    list_filter = ("status", "subject", "created_at")
    search_fields = ("subject_name",)
    fields = (
        ("subject_name", "status", "rule_link"),
        ("since", "until"),
        ("started_by", "created_at", "finished_at"),
    )
    readonly_fields = ("rule_link",)
    status_tag = status_column("status", COLORS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.progress_view)
        name = "products_ruledryrun_progress"
        return [path("<int:pk>/progress/", view, name=name), *super().get_urls()]

    def progress_view(self, request: HttpRequest, pk: int) -> JsonResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = self.get_object(request, str(pk))
        if run is None:
            raise Http404
        return JsonResponse(
            {"percent": run.progress, "is_running": not DRY_RUN_FLOW.is_final(run.status)}
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: Any = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id) if object_id else None
        context = {**(extra_context or {}), "report": report_of(run, request) if run else None}
        return super().changeform_view(request, object_id, form_url, context)

    @display(description=gettext_lazy("would have cost"))
    def given(self, run: RuleDryRun) -> str:
        return money(_amount(run, "given"))

    @display(description=gettext_lazy("orders changed"))
    def orders_changed(self, run: RuleDryRun) -> str:
        found = run.result
        return f"{found['changed']} / {found['orders']}" if found else "—"

    @display(description=gettext_lazy("below cost"), label={"some": RED, "none": GREEN})
    def below_cost(self, run: RuleDryRun) -> Any:
        if not run.result:
            return None
        count = run.result["below_cost"]
        return ("some" if count else "none", str(count))

    @display(description=gettext_lazy("result"), label={"stale": "warning", "fresh": GREEN})
    def fresh(self, run: RuleDryRun) -> Any:
        if run.status != DryRunStatus.DONE:
            return None
        return _freshness(run)

    @display(description=gettext_lazy("rule"))
    def rule_link(self, run: RuleDryRun) -> str:
        name = f"admin:{run.subject.lower().replace('.', '_')}_change"
        url = reverse(name, args=[run.subject_pk])
        return format_html('<a class="kb-link" href="{}">{}</a>', url, run.subject_name)


def _freshness(run: RuleDryRun) -> tuple[str, str]:
    if is_stale(run.fingerprint, trial_of(run.subject, run.subject_pk)):
        return "stale", _("The rule has changed since")
    return "fresh", _("Of the rule as it is")


def _amount(run: RuleDryRun, name: str) -> Decimal | None:
    return Decimal(run.result[name]) if run.result else None


def report_of(run: RuleDryRun, request: HttpRequest) -> dict[str, Any]:
    """What the page shows; margins only to those who may see the cost."""
    found = run.result
    is_running = not DRY_RUN_FLOW.is_final(run.status)
    report = {"run": run, "is_running": is_running, "problem": run.problem}
    if not found:
        return report
    shows_margin = request.user.has_perm(ProductPerm.VIEW_COST)
    figures = [
        (_("Would have cost"), format_yuan(Decimal(found["given"]))),
        (_("Orders changed"), f"{found['changed']} / {found['orders']}"),
        (_("Orders below cost"), str(found["below_cost"])),
        (_("Paid without the rule"), format_yuan(Decimal(found["before"]))),
        (_("Paid with the rule"), format_yuan(Decimal(found["after"]))),
    ]
    if gifts := Decimal(found.get("gifts", 0)):
        figures.insert(1, (_("Of it as gift balance"), format_yuan(gifts)))
    if shows_margin:
        pair = [f"{found[name]} %" if found[name] else "—" for name in MARGINS]
        figures.append((_("Margin without → with"), " → ".join(pair)))
    return {
        **report,
        "figures": figures,
        "is_stale": _freshness(run)[0] == "stale",
        "chart": _chart(found["weeks"]),
        "customers": {
            "headers": [_("Customer"), _("Orders"), _("Would have cost")],
            "rows": [
                [row["name"], row["orders"], money(Decimal(row["given"]))]
                for row in found["customers"]
            ],
        },
    }


MARGINS = ("margin_before", "margin_after")


def _chart(weeks: list[dict[str, str]]) -> dict[str, str]:
    data = {
        "labels": [row["week"] for row in weeks],
        "datasets": [
            {
                "label": _("Would have cost (¥)"),
                "data": [float(row["given"]) for row in weeks],
                "backgroundColor": "var(--color-primary-600)",
            }
        ],
    }
    options = {
        "maintainAspectRatio": False,
        "plugins": {"legend": {"display": False}},
        "scales": {"y": {"beginAtZero": True}},
    }
    return {"data": json.dumps(data, ensure_ascii=False), "options": json.dumps(options)}
