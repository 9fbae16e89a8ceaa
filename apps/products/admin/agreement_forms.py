"""Forms of the pages of price agreements."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSingleDateWidget

from apps.core.modeladmin import ScopedStackedInline
from apps.products.admin.promotions.forms import ChoicesField
from apps.products.admin.rule_forms import RuleForm
from apps.products.agreement_enums import AgreementStatus
from apps.products.enums import BillingMode
from apps.products.models import AgreementPrice, PriceAgreement
from apps.products.periods import midnight


def is_draft(agreement: PriceAgreement | None) -> bool:
    return agreement is None or agreement.status == AgreementStatus.DRAFT


class AgreementForm(forms.ModelForm):
    """Days instead of moments, and the signed file, which the service takes."""

    starts_on = forms.DateField(label=_("First day"), widget=UnfoldAdminSingleDateWidget)
    ends_on = forms.DateField(label=_("Last day"), widget=UnfoldAdminSingleDateWidget)
    upload = forms.FileField(
        label=_("Signed file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("PDF, picture or office document, at most 10 MB."),
    )

    class Meta:
        model = PriceAgreement
        fields = (
            "customer",
            "name",
            "kind",
            "project",
            "on_expiry",
            "grace_days",
            "commitment_kind",
            "commitment",
            "counts_use",
            "note",
        )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        agreement = self.instance
        if agreement.pk and "starts_on" in self.fields:
            last = agreement.valid_until - timedelta(microseconds=1)
            self.fields["starts_on"].initial = timezone.localdate(agreement.valid_from)
            self.fields["ends_on"].initial = timezone.localdate(last)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        start, end = values.get("starts_on"), values.get("ends_on")
        if start and end:
            if end < start:
                self.add_error("ends_on", _("The period must end after it starts."))
            self.instance.valid_from = midnight(start)
            self.instance.valid_until = midnight(end + timedelta(days=1))
            grace = timedelta(days=values.get("grace_days") or 0)
            self.instance.prices_until = self.instance.valid_until + grace
        return values


class AgreementPriceForm(RuleForm):
    billing_modes = ChoicesField(label=_("billing modes"), choices=BillingMode.choices)


class AgreementPriceInline(ScopedStackedInline):
    model = AgreementPrice
    form = AgreementPriceForm
    extra = 0
    tab = True
    show_change_link = False
    autocomplete_fields = ("sku", "product")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "change"),
                    ("rate", "unit_price", "keeps_earlier"),
                    ("steps_text", "measure", "method", "period"),
                    ("scope", "vendor", "category", "product", "sku"),
                    ("priority", "exclusive_group"),
                )
            },
        ),
        (
            _("Caps"),
            {
                "fields": (
                    ("cap_total", "cap_per_day", "cap_budget", "cap_counts"),
                    "billing_modes",
                ),
                "classes": ("collapse",),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_draft(obj) and super().has_delete_permission(request, obj)
