"""What can be asked for, and with which fields."""

from dataclasses import dataclass
from typing import Any

from django import forms
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.approvals import asking, kinds
from apps.approvals.asking import AskForm, PercentField, RowField, YuanField
from apps.approvals.kinds import FieldType

MOST_FILES = 20
ASK_TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    (RowField, "row"),
    (YuanField, "money"),
    (PercentField, "percent"),
    (forms.DateField, "date"),
    (forms.EmailField, "email"),
    (forms.ChoiceField, "choice"),
    (forms.CharField, "text"),
)


class AskIn(serializers.Serializer):
    kind = serializers.CharField(max_length=64, help_text="Code of the kind.")
    form = serializers.JSONField(
        help_text="Fields of the kind by name; amounts are strings, rows are ids."
    )
    attachments = serializers.ListField(
        child=serializers.FileField(), default=list, max_length=MOST_FILES
    )

    def validate_form(self, form: object) -> dict[str, Any]:
        if not isinstance(form, dict):
            raise serializers.ValidationError("An object with the fields is expected.")
        return form


@dataclass(frozen=True)
class KindForReader:
    """A kind, and the form that this person fills in to ask for it."""

    kind: kinds.Kind
    form: AskForm | None


class _ChoicesField(serializers.ListField):
    child = serializers.DictField(child=serializers.CharField())


class ApprovalFieldOut(serializers.Serializer):
    """A field of the form as it is kept; flows may ask for it."""

    name = serializers.CharField()
    label = serializers.CharField()
    type = serializers.ChoiceField(choices=[str(kind) for kind in FieldType])
    choices = serializers.SerializerMethodField()
    is_required = serializers.BooleanField()
    is_condition = serializers.BooleanField()

    @extend_schema_field(_ChoicesField)
    def get_choices(self, field: kinds.FormField) -> list[dict[str, str]]:
        return [{"value": value, "label": str(label)} for value, label in field.choices]


class ApprovalAskFieldOut(serializers.Serializer):
    """A field that the asking person fills in."""

    name = serializers.CharField()
    label = serializers.CharField()
    help = serializers.CharField()
    type = serializers.ChoiceField(choices=sorted({"long_text", *dict(ASK_TYPES).values()}))
    choices = _ChoicesField(help_text="Of a row: those that a customer has, at most 200.")
    is_required = serializers.BooleanField()
    max_length = serializers.IntegerField(allow_null=True)
    initial = serializers.CharField(help_text="What is probably meant; may be empty.")


class ApprovalKindOut(serializers.Serializer):
    """A kind of request: its form, and whether money is at stake."""

    code = serializers.CharField(source="kind.code")
    label = serializers.CharField(source="kind.label")
    fields = ApprovalFieldOut(source="kind.fields", many=True)
    involves_money = serializers.BooleanField(source="kind.involves_money")
    allows_bulk = serializers.BooleanField(source="kind.allows_bulk")
    intro = serializers.SerializerMethodField()
    asks = serializers.SerializerMethodField(
        help_text="Fields of `POST /api/v1/approvals/`; null: it is not asked for there."
    )

    def get_intro(self, row: KindForReader) -> str:
        return str(asking.intro_of(row.kind.code))

    @extend_schema_field(ApprovalAskFieldOut(many=True, allow_null=True))
    def get_asks(self, row: KindForReader) -> list[dict[str, Any]] | None:
        if row.form is None:
            return None
        fields = row.form.fields.items()
        is_customers = row.form.is_customers
        return [_ask_field(name, field, lists_rows=is_customers) for name, field in fields]


def _ask_field(name: str, field: forms.Field, *, lists_rows: bool) -> dict[str, Any]:
    kind = next(word for known, word in ASK_TYPES if isinstance(field, known))
    is_long = kind == "text" and isinstance(field.widget, forms.Textarea)
    initial = field.initial() if callable(field.initial) else field.initial
    return {
        "name": name,
        "label": str(field.label),
        "help": str(field.help_text),
        "type": "long_text" if is_long else kind,
        "choices": _choices(field, lists_rows),
        "is_required": field.required,
        "max_length": getattr(field, "max_length", None),
        "initial": "" if initial is None else str(initial),
    }


def _choices(field: forms.Field, lists_rows: bool) -> list[dict[str, str]]:
    if isinstance(field, RowField):
        rows = (field.queryset or ())[: asking.MOST_CHOICES] if lists_rows else ()
        return [{"value": str(row.pk), "label": str(row)} for row in rows]
    choices = field.choices if isinstance(field, forms.ChoiceField) else ()
    return [{"value": str(value), "label": str(label)} for value, label in choices]
