from django.db import models


class LockableQuerySet[M: models.Model](models.QuerySet[M]):
    """A QuerySet that can hold a row."""

    def lock(self, thing: M) -> M:
        """Reload one row and hold it until the transaction ends."""
        return self.select_for_update().get(pk=thing.pk)
