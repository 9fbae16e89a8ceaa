from typing import Self

from django.db import models


class LockableQuerySet[M: models.Model](models.QuerySet[M]):
    """A QuerySet that can hold a row."""

    def lock(self, thing: M) -> M:
        """Reload one row and hold it until the transaction ends."""
        return self.select_for_update().get(pk=thing.pk)

    def claimable(self, **conditions: object) -> Self:
        """Rows that nobody else holds; those locked by another worker are passed over."""
        return self.filter(**conditions).select_for_update(skip_locked=True)
