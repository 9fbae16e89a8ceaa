import phonenumbers
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

HOME = "CN"
MOBILE = {
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
}


def to_e164(text: str) -> str | None:
    """ "138 0013 8000" → "+8613800138000"; None if it is no mobile number."""
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.number_type(number) not in MOBILE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def any_to_e164(text: str) -> str | None:
    """Like `to_e164` for landlines as well: "010 6552 9988" → "+861065529988"."""
    try:
        number = phonenumbers.parse(text, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class MobileField(forms.CharField):
    """A mobile number; without a country code it is one of China."""

    def clean(self, value: object) -> str:
        text = super().clean(value)
        if not text:
            return ""
        number = to_e164(text)
        if number is None:
            raise ValidationError(_("This is not a mobile number."), code="invalid_phone")
        return number
