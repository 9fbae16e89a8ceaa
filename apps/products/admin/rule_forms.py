"""The form of a pricing rule: its steps are written as lines, not as JSON."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.products.enums import ChangeType, DiscountScope

STEP = re.compile(r"(\d+(?:\.\d{1,2})?)\s*[=:：]\s*(\d+(?:\.\d{1,6})?)\s*([%％]?)")
TARGETS = ("sku", "product", "category", "vendor")
OFFERED = (ChangeType.PERCENT, ChangeType.FIXED_PRICE, ChangeType.TIERS)
HUNDRED = Decimal(100)


class RuleForm(forms.ModelForm):
    """A share of the price, a fixed price, or steps such as “100 = 90%”."""

    steps_text = forms.CharField(
        label=_("Steps"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "placeholder": "0 = 95%\n100 = 90%"}),
        help_text=_("One a line: from how many units or yuan on, what is paid: 90% or 12.50."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.pk and "steps_text" in self.fields:
            self.fields["steps_text"].initial = steps_as_text(self.instance.steps)
        if "change" in self.fields:
            self.fields["change"].choices = [(one.value, one.label) for one in OFFERED]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        scope, change = values.get("scope"), values.get("change")
        for name in TARGETS:
            if scope != name:
                values[name] = None
        if scope != DiscountScope.ALL and not values.get(scope):
            self.add_error("scope", _("Choose what the price covers."))
        if change != ChangeType.PERCENT:
            values["rate"] = None
        elif values.get("rate") is None:
            self.add_error("rate", _("Fill in the share that is paid: 0.85 is 85 %."))
        if change != ChangeType.FIXED_PRICE:
            values["unit_price"] = None
        elif values.get("unit_price") is None:
            self.add_error("unit_price", _("Fill in the price."))
        self._clean_steps(change, values)
        return values

    def _clean_steps(self, change: str | None, values: dict[str, Any]) -> None:
        self.instance.steps = []
        if change != ChangeType.TIERS:
            return
        try:
            self.instance.steps = steps_from_text(values.get("steps_text") or "")
            self.instance.change, self.instance.measure = change, values.get("measure")
            self.instance.as_change()
        except ValueError:
            text = _(
                "Write each step as “100 = 90%” or “100 = 12.50”, ascending; tiers by spend"
                " are percentages."
            )
            self.add_error("steps_text", text)


class ListedPriceForm(forms.ModelForm):
    """A price of a list: a share of the catalogue's list price, or a fixed price of one SKU."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "change" in self.fields:
            offered = (ChangeType.PERCENT, ChangeType.FIXED_PRICE)
            self.fields["change"].choices = [(one.value, one.label) for one in offered]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        scope = values.get("scope")
        for name in TARGETS:
            if scope != name:
                values[name] = None
        if scope != DiscountScope.ALL and not values.get(scope):
            self.add_error("scope", _("Choose what the price covers."))
        self._clean_figure(values)
        return values

    def _clean_figure(self, values: dict[str, Any]) -> None:
        if values.get("change") == ChangeType.FIXED_PRICE:
            values["rate"] = None
            if values.get("unit_price") is None:
                self.add_error("unit_price", _("Fill in the price."))
            if values.get("scope") != DiscountScope.SKU:
                self.add_error("scope", _("A fixed price is for one SKU."))
            return
        values["unit_price"] = None
        if values.get("rate") is None:
            self.add_error("rate", _("Fill in the share that is paid: 0.85 is 85 %."))


def steps_from_text(text: str) -> list[dict[str, str]]:
    """:raises ValueError: if a line is no step"""
    steps = []
    for line in text.replace(";", "\n").replace("；", "\n").splitlines():
        if not line.strip():
            continue
        found = STEP.fullmatch(line.strip())
        if found is None:
            raise ValueError(line)
        start, figure, is_percent = found.groups()
        step = {"from": start}
        if is_percent:
            step["rate"] = f"{(Decimal(figure) / HUNDRED).normalize():f}"
        else:
            step["unit_price"] = figure
        steps.append(step)
    return steps


def steps_as_text(steps: list[dict[str, str]]) -> str:
    lines = []
    for step in steps:
        if "rate" in step:
            share = (Decimal(str(step["rate"])) * HUNDRED).normalize()
            lines.append(f"{step['from']} = {share:f}%")
        else:
            lines.append(f"{step['from']} = {step.get('unit_price', '')}")
    return "\n".join(lines)
