from collections.abc import Sequence

from simple_history.models import HistoricalRecords


def history(*, secret: Sequence[str] = ()) -> HistoricalRecords:
    """History rows of a business model. Fields named in `secret` never enter them."""
    return HistoricalRecords(excluded_fields=list(secret))
