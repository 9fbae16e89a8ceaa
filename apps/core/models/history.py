from collections.abc import Sequence

from django.db.models import Model
from simple_history.models import HistoricalRecords


def history(*, secret: Sequence[str] = ()) -> HistoricalRecords:
    """History rows of a business model. Fields named in `secret` never enter them."""
    return HistoricalRecords(excluded_fields=list(secret))


def written_by(thing: Model, actor: object) -> None:
    """Name who makes the next change of a row: outside of a request, its history asks for it."""
    setattr(thing, "_history_user", actor)  # noqa: B010  simple-history reads this name
