from typing import Any

from django.contrib import admin
from django.db.models import Field, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.approvals.requestadmin import Request, RequestForm, RequestsApproval
from apps.core.modeladmin import (
    AMBER,
    BLUE,
    GREEN,
    GREY,
    RED,
    ReadOnlyAdmin,
    money_column,
    service_action,
    status_column,
)
from apps.core.money import format_yuan
from apps.core.spreadsheets.resources import SafeExportMixin, ScopedResource
from apps.products import services
from apps.products.admin.bases import STYLE, CarefulAdmin
from apps.products.admin.promotions.forms import RuleForm
from apps.products.admin.promotions.handing_out import CodesForm, HandOutForm, HandOutView
from apps.products.admin.tables import table
from apps.products.campaigns import BatchStatus, IssueStatus, VoucherPerm, VoucherStatus
from apps.products.enums import ChangeType
from apps.products.models import Voucher, VoucherBatch, VoucherIssue
from apps.products.selectors.terms import change_in_words, scope_in_words, terms_of
from apps.products.selectors.vouchers import counts_of

BATCH_COLORS = {
    BatchStatus.DRAFT: GREY,
    BatchStatus.SUBMITTED: AMBER,
    BatchStatus.APPROVED: GREEN,
    BatchStatus.CLOSED: GREY,
}
VOUCHER_COLORS = {
    VoucherStatus.ISSUED: GREY,
    VoucherStatus.AVAILABLE: GREEN,
    VoucherStatus.RESERVED: BLUE,
    VoucherStatus.USED: GREY,
    VoucherStatus.EXPIRED: AMBER,
    VoucherStatus.VOID: RED,
}
ISSUE_COLORS = {
    IssueStatus.WAITING: GREY,
    IssueStatus.RUNNING: BLUE,
    IssueStatus.DONE: GREEN,
    IssueStatus.STOPPED: RED,
}
EDITABLE = (BatchStatus.DRAFT, BatchStatus.SUBMITTED)


class VoucherResource(ScopedResource):
    class Meta:
        model = Voucher
        fields = (
            "code",
            "batch__number",
            "batch__name",
            "batch__amount",
            "batch__threshold",
            "customer__number",
            "customer__name",
            "status",
            "received_at",
            "valid_until",
            "used_at",
            "saved",
        )
        export_order = fields


class BatchResource(ScopedResource):
    class Meta:
        model = VoucherBatch
        fields = (
            "number",
            "name",
            "amount",
            "threshold",
            "status",
            "total",
            "issued",
            "valid_from",
            "valid_until",
        )
        export_order = fields


class BatchForm(RuleForm):
    class Meta:
        model = VoucherBatch
        exclude = ()

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["change"] = self.instance.change = ChangeType.FACE_VALUE
        values = super().clean()
        code = values.get("claim_code")
        values["claim_code"] = str(code).strip().upper() if code else None
        return values


def _problem(batch: VoucherBatch) -> str:
    if batch.status == BatchStatus.DRAFT:
        return ""
    return str(_("It is “{status}”.").format(status=batch.get_status_display()))


APPROVE = Request(
    "approval",
    _("Request the approval"),
    RequestForm,
    services.request_batch,
    permission=VoucherPerm.SUBMIT_BATCH,
    arg="batch",
    problem=_problem,
    intro=_("Once it is agreed to, its vouchers can be handed out and claimed."),
)


@admin.register(VoucherBatch)
class VoucherBatchAdmin(RequestsApproval, SafeExportMixin, CarefulAdmin):
    """代金券批次: drafted, approved, then handed out."""

    form = BatchForm
    requests = (APPROVE,)
    resource_classes = (BatchResource,)
    list_display = (
        "name",
        "number",
        "worth",
        "covered",
        "status_tag",
        "given_out",
        "claim_code",
        "valid_until",
    )
    list_select_related = ("sku", "product", "category", "vendor")
    list_filter = ("status", "tenant", "valid_until")
    search_fields = ("name", "name_en", "number__istartswith", "claim_code__exact")
    autocomplete_fields = ("sku", "product", "budget_owner")
    actions = (
        service_action(
            _("Hand out no more"), services.close_batch, "batch", VoucherPerm.CLOSE_BATCH
        ),
    )
    fieldsets = (
        (None, {"fields": (("name", "name_en"), ("amount", "threshold"))}),
        (
            _("What it covers"),
            {
                "fields": (
                    "scope",
                    "sku",
                    "product",
                    "category",
                    "vendor",
                    ("regions", "billing_modes"),
                    "order_types",
                    ("with_promotions", "with_vouchers"),
                )
            },
        ),
        (
            _("When and how many"),
            {
                "fields": (
                    ("valid_from", "valid_until"),
                    "valid_days",
                    ("total", "per_customer"),
                    ("claim_code", "budget_owner"),
                )
            },
        ),
    )
    conditional_fields = {target: f"scope == '{target}'" for target in RuleForm.targets}
    status_tag = status_column("status", BATCH_COLORS)
    change_form_outer_before_template = "admin/products/batch_header.html"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        name = "products_voucherbatch"
        return [
            path("<path:object_id>/hand-out/", wrap(self.hand_out_view), name=f"{name}_hand_out"),
            path("<path:object_id>/codes/", wrap(self.codes_view), name=f"{name}_codes"),
            *super().get_urls(),
        ]

    def hand_out_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        view = HandOutView(self, _("Hand out"), HandOutForm, services.start_issue)
        return view(request, object_id)

    def codes_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return HandOutView(self, _("Make codes"), CodesForm, services.make_codes)(
            request, object_id
        )

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        batch = self.get_object(request, object_id) if object_id else None
        context = {**(extra_context or {}), **(self._header(request, batch) if batch else {})}
        return super().changeform_view(request, object_id, form_url, context)

    def _header(self, request: HttpRequest, batch: VoucherBatch) -> dict[str, Any]:
        may = batch.status == BatchStatus.APPROVED and request.user.has_perm(VoucherPerm.ISSUE)
        pages = (("hand_out", _("Hand out")), ("codes", _("Make codes"))) if may else ()
        links = [
            (reverse(f"admin:products_voucherbatch_{name}", args=[batch.pk]), label)
            for name, label in pages
        ]
        return {"kb_batch": batch, "kb_links": links}

    def get_fieldsets(self, request: HttpRequest, obj: VoucherBatch | None = None) -> Any:
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": ("terms", "use")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: VoucherBatch | None = None) -> Any:
        return ("terms", "use") if obj is not None else ()

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "amount" and field is not None:
            field.label, field.required = _("Face value"), True
        return field

    def has_change_permission(self, request: HttpRequest, obj: VoucherBatch | None = None) -> bool:
        may = super().has_change_permission(request, obj)
        return may and (obj is None or obj.status in EDITABLE)

    def save_model(self, request: HttpRequest, obj: VoucherBatch, form: Any, change: bool) -> None:
        now = timezone.now()
        if change:
            services.note_batch_edit(batch=obj, now=now)
            super().save_model(request, obj, form, change)
            return
        services.open_batch(batch=obj, tenant=request.user.tenant, actor=request.user, now=now)

    @display(description=_("worth"), ordering="amount")
    def worth(self, batch: VoucherBatch) -> str:
        return change_in_words(batch)

    @display(description=_("covers"))
    def covered(self, batch: VoucherBatch) -> str:
        return scope_in_words(batch)

    @display(description=_("given out"), ordering="issued")
    def given_out(self, batch: VoucherBatch) -> str:
        return f"{batch.issued} / {batch.total}"

    @display(description=_("terms"))
    def terms(self, batch: VoucherBatch) -> str:
        return table([], list(terms_of(batch).items()))

    @display(description=_("Use so far"))
    def use(self, batch: VoucherBatch) -> str:
        labels = dict(VoucherStatus.choices)
        counts = counts_of(batch)
        rows = [(labels[status], counts[status]) for status in labels if counts.get(status)]
        saved = batch.vouchers.aggregate(sum=Sum("saved"))["sum"] or 0
        rows.append((_("Given away"), format_yuan(saved) if saved else "—"))
        return table([], rows)


@admin.register(Voucher)
class VoucherAdmin(SafeExportMixin, ReadOnlyAdmin):
    """Each voucher: whose it is, and what became of it."""

    class Media:
        css = STYLE

    resource_classes = (VoucherResource,)
    list_display = (
        "code",
        "batch",
        "worth",
        "customer",
        "status_tag",
        "received_at",
        "valid_until",
        "used_at",
        "saved_amount",
    )
    list_select_related = ("batch", "customer")
    list_filter = ("status", "batch", "batch__tenant", "received_at", "valid_until")
    search_fields = (
        "code__istartswith",
        "customer__name",
        "customer__number__istartswith",
        "batch__name",
    )
    search_help_text = _("Code, customer's name or number, name of the batch")
    actions = (service_action(_("Void"), services.void_voucher, "voucher", VoucherPerm.VOID),)
    fields = (
        ("code", "status"),
        ("batch", "worth"),
        ("customer", "received_at"),
        ("valid_from", "valid_until"),
        ("reserved_for", "reserved_at"),
        ("used_at", "saved_amount"),
        ("reminded_at", "closed_at"),
    )
    status_tag = status_column("status", VOUCHER_COLORS)
    saved_amount = money_column("saved", _("saved"))

    def get_readonly_fields(self, request: HttpRequest, obj: Voucher | None = None) -> Any:
        return ("worth", "saved_amount")

    @display(description=_("worth"), ordering="batch__amount")
    def worth(self, voucher: Voucher) -> str:
        return change_in_words(voucher.batch)


@admin.register(VoucherIssue)
class VoucherIssueAdmin(ReadOnlyAdmin):
    """How far the handing out to many customers is."""

    list_display = (
        "batch",
        "status_tag",
        "progress",
        "issued",
        "skipped",
        "created_by",
        "created_at",
        "ended_at",
    )
    list_select_related = ("batch", "created_by")
    list_filter = ("status", "batch__tenant", "created_at")
    search_fields = ("batch__name", "batch__number__istartswith")
    fields = (
        ("batch", "status"),
        ("progress", "each"),
        ("issued", "skipped"),
        ("created_by", "created_at"),
        ("ended_at", "problem"),
    )
    readonly_fields = ("progress",)
    status_tag = status_column("status", ISSUE_COLORS)

    @display(description=_("progress"))
    def progress(self, issue: VoucherIssue) -> str:
        bar = '<progress max="100" value="{}"></progress> {} / {}'
        return format_html(bar, issue.percent, issue.handled, issue.total)
