"""Price agreements in the admin: written, submitted, read, and ended."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.approvals.requestadmin import Request, RequestForm, RequestsApproval
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    service_action,
    status_column,
)
from apps.core.spreadsheets.resources import SafeExportMixin
from apps.products import selectors, services
from apps.products.admin import tables
from apps.products.admin.agreement_forms import AgreementForm, AgreementPriceInline, is_draft
from apps.products.admin.bases import CarefulAdmin
from apps.products.admin.dry_runs import dry_run_button
from apps.products.admin.exports import AgreementResource
from apps.products.agreement_enums import (
    AGREED,
    AGREEMENT_FLOW,
    AgreementPerm,
    AgreementStatus,
    CommitmentKind,
    ContractPerm,
)
from apps.products.enums import ProductPerm
from apps.products.models import PriceAgreement

COLORS = {
    AgreementStatus.DRAFT: GREY,
    AgreementStatus.PENDING: AMBER,
    AgreementStatus.IN_FORCE: GREEN,
    AgreementStatus.EXPIRED: RED,
    AgreementStatus.TERMINATED: GREY,
    AgreementStatus.SUPERSEDED: BLUE,
}
SOON = 30  # days
DAYS = ("starts_on", "ends_on")


def _not_ready(agreement: PriceAgreement) -> str:
    if agreement.status != AgreementStatus.DRAFT:
        return str(_("Only drafts are submitted."))
    if not agreement.prices.exists():
        return str(_("It names no price yet."))
    return "" if agreement.signed_file else str(_("The signed file is missing."))


SUBMIT = Request(
    "approval",
    _("Submit for approval"),
    RequestForm,
    services.submit_agreement,
    permission=ProductPerm.REQUEST_PRICING,
    arg="agreement",
    problem=_not_ready,
    intro=_("Once everybody has agreed, its prices hold from its first day."),
)


TERMINATE = service_action(
    _("Terminate"), services.terminate_agreement, "agreement", AgreementPerm.TERMINATE
)


@admin.register(PriceAgreement)
class PriceAgreementAdmin(RequestsApproval, SafeExportMixin, CarefulAdmin):
    """What was agreed with customers; only drafts are written."""

    form = AgreementForm
    requests = (SUBMIT,)
    resource_classes = (AgreementResource,)
    inlines = (AgreementPriceInline,)
    list_display = (
        "title",
        "customer",
        "kind",
        "status_tag",
        "term",
        "left",
        "committed",
        "shortfall",
    )
    list_display_links = ("title",)
    list_select_related = ("customer",)
    list_filter = ("status", "kind", "on_expiry", "commitment_kind", "valid_until", "tenant")
    search_fields = (
        "number__istartswith",
        "name",
        "project__istartswith",
        "customer__name",
        "customer__number__istartswith",
    )
    search_help_text = _("Number, name or project of the agreement, name or number of the customer")
    autocomplete_fields = ("customer",)
    actions = (TERMINATE,)
    actions_submit_line = ("dry_run_button", "revise_button", "terminate_button")
    dry_run_button = dry_run_button
    status_tag = status_column("status", COLORS)
    written = (
        (
            None,
            {
                "fields": (
                    ("customer", "name"),
                    ("kind", "project"),
                    ("starts_on", "ends_on"),
                    ("on_expiry", "grace_days"),
                    ("commitment_kind", "commitment", "counts_use"),
                    ("upload", "file_link"),
                    "note",
                )
            },
        ),
    )
    read = (
        (
            None,
            {
                "fields": (
                    ("title", "status", "customer"),
                    ("name", "kind", "project"),
                    ("term", "days_to_go", "prices_until"),
                    ("on_expiry", "grace_days"),
                    ("commitment_kind", "commitment", "counts_use"),
                    ("file_link", "previous", "next_version"),
                    ("created_by", "approved_at", "ended_at"),
                    "note",
                )
            },
        ),
        (_("Agreed prices"), {"fields": ("price_table",), "classes": ("tab",)}),
        (_("Minimum commitment"), {"fields": ("commitment_table",), "classes": ("tab",)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: PriceAgreement | None = None) -> Any:
        return self.written if self._is_written(request, obj) else self.read

    def get_form(
        self,
        request: HttpRequest,
        obj: PriceAgreement | None = None,
        change: bool = False,
        **more: Any,
    ) -> Any:
        if not self._is_written(request, obj):
            more["form"] = forms.ModelForm
        return super().get_form(request, obj, change, **more)

    def get_inlines(self, request: HttpRequest, obj: PriceAgreement | None) -> Any:
        return self.inlines if self._is_written(request, obj) else ()

    def get_readonly_fields(self, request: HttpRequest, obj: PriceAgreement | None = None) -> Any:
        if self._is_written(request, obj):
            return ("file_link", *(("customer",) if obj else ()))
        return [
            name for _title, part in self.read for row in part["fields"] for name in _names(row)
        ]

    def _is_written(self, request: HttpRequest, obj: PriceAgreement | None) -> bool:
        return is_draft(obj) and request.user.has_perm(AgreementPerm.DRAFT)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.has_perm(AgreementPerm.DRAFT)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        name = "products_priceagreement_file"
        return [path("<int:pk>/file/", view, name=name), *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: int) -> FileResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        agreement = self.get_object(request, str(pk))
        if agreement is None or not agreement.signed_file:
            raise Http404
        return FileResponse(
            agreement.signed_file.open("rb"),
            as_attachment=True,
            filename=agreement.signed_file_name,
        )

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The page's commitments, with one look at what was bought."""
        page = super().get_changelist_instance(request)
        rows = list(page.result_list)
        found = selectors.commitments_of(rows, now=timezone.now())
        for row in rows:
            row.found_commitment = found[row.pk]
        page.result_list = rows
        return page

    def save_model(
        self, request: HttpRequest, obj: PriceAgreement, form: Any, change: bool
    ) -> None:
        now, values = timezone.now(), form.cleaned_data
        if change:
            if is_draft(obj):
                obj.save()
            self._run_pressed_button(request, obj)
        else:
            asked = {name: values[name] for name in (*AgreementForm.Meta.fields, *DAYS)}
            made = services.open_agreement(**asked, actor=request.user, now=now)
            obj.pk, obj._state.adding = made.pk, False
            obj.refresh_from_db()
        if values.get("upload"):
            kept = services.keep_signed_file(
                agreement=obj, file=values["upload"], actor=request.user, now=now
            )
            obj.signed_file = kept.signed_file

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        for row in formset.save(commit=False):
            row.valid_from, row.valid_until = form.instance.valid_from, form.instance.prices_until
            row.save()
        for row in formset.deleted_objects:
            row.delete()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        agreement = PriceAgreement.objects.get(pk=form.instance.pk)
        if agreement.status == AgreementStatus.DRAFT:
            services.align_prices(agreement=agreement)

    @action(description=_("New version"), permissions=["draft"], icon="difference")
    def revise_button(self, request: HttpRequest, obj: PriceAgreement) -> None:
        revised = services.revise_agreement(agreement=obj, actor=request.user, now=timezone.now())
        request.kboss_next = reverse("admin:products_priceagreement_change", args=[revised.pk])
        self.message_user(request, _("%s has been begun.") % revised, messages.SUCCESS)

    @action(description=_("Terminate"), permissions=["terminate"], icon="cancel")
    def terminate_button(self, request: HttpRequest, obj: PriceAgreement) -> None:
        services.terminate_agreement(agreement=obj, actor=request.user, now=timezone.now())
        self.message_user(request, _("%s has ended.") % obj, messages.SUCCESS)

    def response_change(self, request: HttpRequest, obj: PriceAgreement) -> HttpResponse:
        following = getattr(request, "kboss_next", None)
        if following:
            return HttpResponseRedirect(following)
        return super().response_change(request, obj)

    def has_draft_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(AgreementPerm.DRAFT)

    def has_dry_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(ContractPerm.DRY_RUN)

    def has_terminate_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm(AgreementPerm.TERMINATE)

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> Any:
        """What cannot be done now is greyed."""
        buttons = super().get_actions_submit_line(request, object_id)
        agreement = PriceAgreement.objects.filter(pk=object_id).first() if object_id else None
        if agreement is None:
            return []
        offered = {
            "dry_run_button": agreement.prices.exists(),
            "revise_button": agreement.status in AGREED,
            "terminate_button": AGREEMENT_FLOW.may(agreement.status, AgreementStatus.TERMINATED),
        }
        return [button for button in buttons if offered[button.path]]

    @display(description=_("agreement"), ordering="number")
    def title(self, agreement: PriceAgreement) -> str:
        return format_html("<b>{}</b><br>{}", agreement, agreement.name)

    @display(description=_("term"), ordering="valid_until")
    def term(self, agreement: PriceAgreement) -> str:
        return f"{agreement.starts_on} – {agreement.ends_on}"

    @display(description=_("days left"), label={"soon": AMBER, "later": GREY})
    def left(self, agreement: PriceAgreement) -> Any:
        if agreement.status != AgreementStatus.IN_FORCE:
            return None
        days = agreement.days_left(timezone.now())
        return ("soon" if days <= SOON else "later", str(days))

    @display(description=_("days left"))
    def days_to_go(self, agreement: PriceAgreement) -> str:
        is_open = agreement.status == AgreementStatus.IN_FORCE
        return str(max(agreement.days_left(timezone.now()), 0)) if is_open else "—"

    @display(description=_("minimum commitment"), ordering="commitment")
    def committed(self, agreement: PriceAgreement) -> str:
        if agreement.commitment_kind == CommitmentKind.NONE:
            return "—"
        words = agreement.get_commitment_kind_display()
        return format_html("{} {}", tables.money(agreement.commitment), words)

    @display(description=_("shortfall"))
    def shortfall(self, agreement: PriceAgreement) -> str:
        found = getattr(agreement, "found_commitment", None)
        return tables.money(found.shortfall if found else None)

    @display(description=_("Signed file"))
    def file_link(self, agreement: PriceAgreement) -> str:
        if not agreement.pk or not agreement.signed_file:
            return "—"
        url = reverse("admin:products_priceagreement_file", args=[agreement.pk])
        return format_html('<a class="kb-link" href="{}">{}</a>', url, agreement.signed_file_name)

    @display(description=_("next version"))
    def next_version(self, agreement: PriceAgreement) -> str:
        following = PriceAgreement.objects.filter(previous=agreement).first()
        if following is None:
            return "—"
        url = reverse("admin:products_priceagreement_change", args=[following.pk])
        return format_html('<a class="kb-link" href="{}">{}</a>', url, following)

    @display(description=_("Agreed prices"))
    def price_table(self, agreement: PriceAgreement) -> str:
        prices = agreement.prices.select_related("sku", "product", "category", "vendor")
        rows = [
            [one.name, str(one.target or one.get_scope_display()), selectors.say_change(one)]
            for one in prices
        ]
        return tables.table([str(_("name")), str(_("Covers")), str(_("Price"))], rows)

    @display(description=_("Minimum commitment"))
    def commitment_table(self, agreement: PriceAgreement) -> str:
        found = selectors.commitments_of([agreement], now=timezone.now())[agreement.pk]
        if found is None:
            return str(_("Nothing was promised."))
        return tables.commitment(found)


def _names(row: str | tuple[str, ...]) -> tuple[str, ...]:
    return (row,) if isinstance(row, str) else row
