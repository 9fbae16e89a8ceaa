"""The workbench's form and its preview."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from apps.core.modeladmin import scoped
from apps.core.money import format_yuan
from apps.customers.models import Customer
from apps.products.enums import ProductPerm
from apps.products.models import ManualDiscount, Sku
from apps.products.pricing import PricedQuote
from apps.products.selectors import ExplainedQuote, explain_snapshot
from apps.products.selectors.pricing import MOST_PERIODS, MOST_UNITS
from apps.products.selectors.repricing import margin_of
from apps.products.selectors.why import askable_rules
from apps.products.services import DiscountedLine, Look, why_answers

ROWS = 5
HUNDRED = Decimal(100)


class BasketForm(forms.Form):
    """A customer and up to five lines, each with a discount by hand."""

    customer = forms.ModelChoiceField(Customer.objects.none(), label=gettext_lazy("Customer"))
    project = forms.CharField(
        label=gettext_lazy("Project code"),
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )
    rule = forms.CharField(required=False)  # asked about beside the preview
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=gettext_lazy("Of a discount by hand: it stands in the audit log."),
    )

    def __init__(self, *args: Any, request: HttpRequest, **options: Any) -> None:
        super().__init__(*args, **options)
        self._search("customer", ManualDiscount._meta.get_field("customer"), request)
        for row in range(ROWS):
            self.fields[f"sku_{row}"] = forms.ModelChoiceField(
                Sku.objects.none(), label=_("SKU"), required=False
            )
            self._search(f"sku_{row}", ManualDiscount._meta.get_field("sku"), request)
            self.fields[f"quantity_{row}"] = _number(_("Quantity"), MOST_UNITS)
            self.fields[f"periods_{row}"] = _number(_("Periods"), MOST_PERIODS)
            self.fields[f"percent_{row}"] = forms.DecimalField(
                label=_("Pays (%)"),
                required=False,
                min_value=Decimal("0.01"),
                max_value=HUNDRED,
                max_digits=6,
                decimal_places=2,
                widget=UnfoldAdminDecimalFieldWidget(attrs={"placeholder": "100"}),
            )

    def _search(self, name: str, column: Any, request: HttpRequest) -> None:
        field = self.fields[name]
        field.queryset = scoped(column.related_model, request)
        field.widget = AutocompleteSelect(column, admin.site)
        field.widget.choices = field.choices

    def rows(self) -> Iterator[list[Any]]:
        names = ("sku", "quantity", "periods", "percent")
        for row in range(ROWS):
            yield [self[f"{name}_{row}"] for name in names]

    def heads(self) -> list[Any]:
        return [self["customer"], self["project"], self["reason"]]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if not any(values.get(f"sku_{row}") for row in range(ROWS)):
            raise forms.ValidationError(_("Choose at least one SKU."))
        return values

    def basket(self) -> dict[str, Any]:
        """As the services take it."""
        values = self.cleaned_data
        lines = [
            DiscountedLine(
                values[f"sku_{row}"].pk,
                values[f"quantity_{row}"] or 1,
                values[f"periods_{row}"] or 1,
                values[f"percent_{row}"] or HUNDRED,
            )
            for row in range(ROWS)
            if values.get(f"sku_{row}")
        ]
        return {"customer": values["customer"], "lines": lines, "project": values["project"]}

    def sentences(self) -> list[str]:
        return [str(text) for texts in self.errors.values() for text in texts]


def _number(label: str, most: int) -> forms.IntegerField:
    widget = UnfoldAdminIntegerFieldWidget(attrs={"placeholder": "1"})
    return forms.IntegerField(
        label=label, min_value=1, max_value=most, required=False, widget=widget
    )


def why_report(look: Look, form: BasketForm, request: HttpRequest) -> dict[str, Any]:
    """The rules that can be asked about, and what the chosen one does for each line."""
    customer = form.cleaned_data["customer"]
    askable = askable_rules(customer=customer, user=request.user)
    chosen = form.cleaned_data["rule"]
    answers = why_answers(look=look, key=chosen, customer=customer, user=request.user)
    groups = [(group, list(rules)) for group, rules in groupby(askable, key=lambda x: x.group)]
    return {"askable": groups, "asked": chosen, "answers": answers}


def report_of(look: Look, request: HttpRequest) -> dict[str, Any]:
    """Waterfall, verdicts, and the margin for those who may see the cost."""
    explained: ExplainedQuote = explain_snapshot(look.after.to_snapshot())
    shows_cost = request.user.has_perm(ProductPerm.VIEW_COST)
    verdicts = {verdict.place: verdict for verdict in look.verdicts}
    return {
        "quote": explained,
        "lines": [
            {
                "line": line,
                "verdict": verdicts.get(place),
                "authority": _authority(verdicts.get(place)),
            }
            for place, line in enumerate(explained.lines)
        ],
        "list_total": format_yuan(look.after.list_total),
        "before": format_yuan(look.before.total),
        "total": format_yuan(look.after.total),
        "margin": _margin(look.after) if shows_cost else None,
        "is_within": look.is_within,
        "is_by_hand": bool(look.verdicts),
    }


def _authority(verdict: Any) -> str:
    if verdict is None or verdict.authority is None:
        return ""
    lowest = f"{(verdict.authority.lowest_rate * HUNDRED).normalize():f}"
    return _("{authority}: down to {lowest} % of the list price").format(
        authority=verdict.authority, lowest=lowest
    )


def _margin(quote: PricedQuote) -> str:
    cost = quote.cost_total
    margin = margin_of(quote.total, cost)
    if cost is None or margin is None:
        return "—"
    return f"{format_yuan(quote.total - cost)} ({margin} %)"
