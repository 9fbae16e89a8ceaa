from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class MonthField(forms.CharField):
    """A month as people write it: 2026-10."""

    def to_python(self, value: Any) -> date | None:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month has no time
        except ValueError as error:
            raise forms.ValidationError(_("A month is written like 2026-10.")) from error
