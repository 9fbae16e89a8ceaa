"""Writing many rows of the catalogue at once, each with its history."""

from collections.abc import Sequence

from django.db.models import Model
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from apps.rbac.models import User

BATCH = 1000


def create_all[M: Model](*, rows: Sequence[M], by: User | None) -> list[M]:
    """New rows with their first history rows. Trusted: the caller has checked who asks."""
    if not rows:
        return []
    made: list[M] = bulk_create_with_history(rows, type(rows[0]), batch_size=BATCH, default_user=by)
    return made


def save_all[M: Model](*, rows: Sequence[M], fields: Sequence[str], by: User | None) -> None:
    """Rows of which something in `fields` was edited. Trusted: the caller has checked who asks."""
    if rows:
        bulk_update_with_history(
            rows, type(rows[0]), list(fields), batch_size=BATCH // 2, default_user=by
        )
