"""The password policy that Django's own validators don't cover."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.rbac.models import User
from apps.rbac.services import passwords

CLASSES = (str.islower, str.isupper, str.isdigit)


class CharacterClasses:
    """At least three of: lower case, upper case, digits, other characters."""

    def __init__(self, classes: int = 3) -> None:
        self.classes = classes

    def validate(self, password: str, user: object = None) -> None:
        found = sum(any(is_of(c) for c in password) for is_of in CLASSES)
        found += any(not c.isalnum() or not c.isascii() for c in password)
        if found < self.classes:
            raise ValidationError(self.get_help_text(), code="password_too_uniform")

    def get_help_text(self) -> str:
        return _("Use at least three of: lower-case letters, upper-case letters, digits, symbols.")


class NotUsedBefore:
    """Not the present password, nor one of the last five."""

    def validate(self, password: str, user: object = None) -> None:
        if isinstance(user, User) and passwords.was_used(user=user, password=password):
            raise ValidationError(self.get_help_text(), code="password_used_before")

    def password_changed(self, password: str, user: object = None) -> None:
        if isinstance(user, User) and user.has_usable_password():
            passwords.remember_password(user=user)

    def get_help_text(self) -> str:
        return _("Your last five passwords can't be used again.")
