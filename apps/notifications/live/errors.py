from django.utils.translation import gettext_lazy as _

from apps.core.errors import Forbidden, Unavailable


class TokenHearsNothing(Forbidden):
    code = "notifications.token_hears_nothing"
    message = _("Live push needs an API token that may read everything of its owner's.")


class TooManyStreams(Unavailable):
    """One person has that many pages open; the others ask from time to time."""

    code = "notifications.too_many_streams"
    message = _("Too many pages are open for live push. Please close some.")
