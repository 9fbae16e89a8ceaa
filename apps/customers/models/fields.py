from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

MARK = ","


def marked(code: str) -> str:
    """One choice as it stands in the column: no other's name ends or begins like it."""
    return f"{MARK}{code}{MARK}"


class ChoiceSetField(models.CharField):  # type: ignore[type-arg]  # Django's fields take no []
    """A set of choices in one column, `,finance,technical,`: one spelling for each set.

    Rows that have one of them: `.filter(roles__contains=marked(ContactRole.FINANCE))`.
    """

    def from_db_value(self, value: str | None, *_: Any) -> tuple[str, ...]:
        return self.to_python(value)

    def to_python(self, value: Any) -> tuple[str, ...]:
        """In the order of the choices, so that equal sets are equal."""
        given = value.split(MARK) if isinstance(value, str) else value or ()
        chosen = {str(item) for item in given if item}
        known = [str(code) for code, _label in self.flatchoices]
        return (*(code for code in known if code in chosen), *sorted(chosen - set(known)))

    def get_prep_value(self, value: Any) -> str:
        codes = self.to_python(value)
        return f"{MARK}{MARK.join(codes)}{MARK}" if codes else ""

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj))

    def validate(self, value: Iterable[str], model_instance: models.Model | None) -> None:
        if not value and not self.blank:
            raise ValidationError(self.error_messages["blank"], code="blank")
        for code in set(value) - {str(code) for code, _label in self.flatchoices}:
            raise ValidationError(_("“%(code)s” is no choice."), "invalid", {"code": code})

    def run_validators(self, value: Iterable[str]) -> None:
        super().run_validators(self.get_prep_value(value))

    def formfield(self, **options: Any) -> forms.Field:
        options.pop("choices_form_class", None)
        return forms.MultipleChoiceField(
            label=self.verbose_name,
            required=not self.blank,
            choices=self.flatchoices,
            help_text=self.help_text,
            widget=options.get("widget", forms.CheckboxSelectMultiple),
        )

    def labels(self, row: models.Model) -> list[Any]:
        names = dict(self.flatchoices)
        return [names.get(code, code) for code in getattr(row, self.attname)]

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        """`get_roles_display` names them all."""
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, f"get_{name}_display", lambda row: "、".join(map(str, self.labels(row))))
