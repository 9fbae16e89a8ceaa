"""What can go wrong, as facts with codes. Every door says the same sentence from the same error."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class DomainError(Exception):
    """A business rule said no. Its sentence is safe to show to the user.

    `code` is stable and never translated; `message` is a msgid whose placeholders are filled from
    the keyword arguments; `status` is what HTTP answers.
    """

    code: str = "core.error"
    message: StrOrPromise = _("This is not possible.")
    status: int = 400

    def __init__(self, **context: object) -> None:
        self.context = context
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message).format(**self.context)


class Invalid(DomainError):
    """The input breaks a rule, whatever the state. `fields` says where: name → sentence."""

    code = "core.invalid"
    message = _("Please check the highlighted fields.")

    def __init__(
        self, *, fields: Mapping[str, StrOrPromise] | None = None, **context: object
    ) -> None:
        self.fields = dict(fields or {})
        super().__init__(**context)


class Forbidden(DomainError):
    """The actor may not do this."""

    code = "core.forbidden"
    message = _("You do not have the permission “{permission}”.")
    status = 403


class NotFound(DomainError):
    """There is no such thing, or it is not the actor's to see: the answer is the same."""

    code = "core.not_found"
    message = _("Not found.")
    status = 404


class Conflict(DomainError):
    """The input is fine; the current state forbids it."""

    code = "core.conflict"
    message = _("The current state does not allow this.")
    status = 409


class IllegalTransition(Conflict):
    """A state machine has no such move."""

    code = "core.illegal_transition"
    message = _("{thing} cannot go from “{current}” to “{to}”.")


class Unavailable(DomainError):
    """Something outside does not answer; trying again later may help."""

    code = "core.unavailable"
    message = _("The service is not available right now. Please try again later.")
    status = 503
