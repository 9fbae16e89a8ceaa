"""The fields of a request as form fields."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.approvals.kinds import FieldType, FormField, Kind
from apps.rbac.models import User

INPUT = {"class": "ka-input"}


def fields_of(kind: Kind, asking: User) -> dict[str, forms.Field]:
    """One form field for each field of the kind, by its name."""
    return {field.name: _field(field, asking) for field in kind.fields}


def _field(field: FormField, asking: User) -> forms.Field:
    common: dict[str, Any] = {"label": field.label, "required": False}
    if field.type in (FieldType.MONEY, FieldType.PERCENT, FieldType.NUMBER):
        places = 2 if field.type is FieldType.MONEY else None
        return forms.DecimalField(
            decimal_places=places,
            widget=forms.NumberInput(attrs={**INPUT, "step": "any"}),
            help_text={FieldType.MONEY: _("yuan"), FieldType.PERCENT: "%"}.get(field.type, ""),
            **common,
        )
    if field.type is FieldType.CHOICE:
        choices = [("", "—"), *field.choices]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=INPUT), **common)
    if field.type is FieldType.DATE:
        widget = forms.DateInput(attrs={**INPUT, "type": "date"})
        return forms.DateField(widget=widget, **common)
    if field.type is FieldType.USER:
        return forms.ModelChoiceField(
            User.objects.visible_to(asking), widget=forms.Select(attrs=INPUT), **common
        )
    return forms.CharField(widget=forms.TextInput(attrs=INPUT), **common)


def plain(cleaned: dict[str, Any], kind: Kind) -> dict[str, Any]:
    """What was typed, as the form of a request holds it: texts, nothing that is empty."""
    values = {field.name: cleaned.get(field.name) for field in kind.fields}
    return {
        name: str(value.pk if isinstance(value, User) else value)
        for name, value in values.items()
        if value not in (None, "")
    }
