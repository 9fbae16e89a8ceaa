"""Form fields of pricing rules: lists of choices, and steps as lines of text."""

from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
)

from apps.products.enums import BillingMode, ChangeType, OrderType, Region

STEPS_HELP = _("One step a line: from how much, and how much off. “1000 100” is 100 off 1000.")


class ChoicesField(forms.MultipleChoiceField):
    """A JSON list of codes as check boxes; none means all."""

    def __init__(self, *, label: Any, choices: Any) -> None:
        super().__init__(
            label=label,
            choices=choices,
            required=False,
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text=_("None chosen: all of them."),
        )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return sorted(initial or []) != sorted(data or [])


class StepsField(forms.CharField):
    """`[{"from": "1000", "off": "100"}]` as lines of two numbers."""

    def __init__(self) -> None:
        super().__init__(
            label=pgettext_lazy("pricing", "steps"),
            required=False,
            help_text=STEPS_HELP,
            widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{step.get('from')} {step.get('off')}" for step in value)
        return value

    def clean(self, value: Any) -> list[dict[str, str]]:
        lines = [line.split() for line in str(value or "").splitlines() if line.strip()]
        steps = []
        for line in lines:
            try:
                start, off = (Decimal(number.lstrip("¥")) for number in line)
            except (ValueError, InvalidOperation) as error:
                raise ValidationError(STEPS_HELP) from error
            if not (start.is_finite() and off.is_finite()) or off < 0 or start < 0:
                raise ValidationError(STEPS_HELP)
            steps.append((start, off))
        return [{"from": f"{start:f}", "off": f"{off:f}"} for start, off in sorted(steps)]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (self.prepare_value(initial) or "") != (data or "").strip().replace("\r", "")


class RuleForm(forms.ModelForm):
    """What pricing rules of all kinds have in common. `needs` are the columns of each change."""

    regions = ChoicesField(label=_("regions"), choices=Region.choices)
    billing_modes = ChoicesField(label=_("billing modes"), choices=BillingMode.choices)
    order_types = ChoicesField(label=_("order types"), choices=OrderType.choices)
    needs = {
        ChangeType.PERCENT: ("rate",),
        ChangeType.AMOUNT_OFF: ("amount",),
        ChangeType.FIXED_PRICE: ("unit_price",),
        ChangeType.SPEND_AND_SAVE: ("steps",),
        ChangeType.FACE_VALUE: ("amount",),
    }
    columns = ("rate", "amount", "unit_price", "threshold", "steps")
    targets = ("sku", "product", "category", "vendor")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self._keep_what_the_change_needs(values)
        scope = values.get("scope")
        for target in self.targets:
            if target != scope:
                values[target] = None
            elif values.get(target) is None and target in self.fields:
                self.add_error(target, _("Choose what it covers."))
        return values

    def _keep_what_the_change_needs(self, values: dict[str, Any]) -> None:
        change = values.get("change")
        needed = self.needs.get(change, ()) if change else ()
        for column in self.columns:
            if column in needed or column not in values:
                continue
            if column != "threshold" or change != ChangeType.FACE_VALUE:
                values[column] = [] if column == "steps" else None
        for column in needed:
            if values.get(column) in (None, [], "") and column not in self.errors:
                self.add_error(column, _("Fill in how much the rule changes the price."))
