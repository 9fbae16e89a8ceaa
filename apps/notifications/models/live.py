from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LiveEventQuerySet(models.QuerySet["LiveEvent"]):
    def unnumbered(self) -> Self:
        """Committed, and told to nobody yet."""
        return self.filter(position__isnull=True)

    def between(self, after: int, until: int) -> Self:
        return self.filter(position__gt=after, position__lte=until)

    def numbered_before(self, moment: datetime) -> Self:
        return self.filter(numbered_at__lt=moment)


class LiveEvent(models.Model):
    """Something that one person's open pages should hear of. Kept for an hour.

    Ids are drawn when a row is written, and rows may commit in another order: whoever has read 6
    can't tell whether 5 is still to come. So a row gets its `position` after its commit, from a
    clock that one process holds at a time: what is numbered up to n is complete, for ever.
    """

    # No constraint: it would make every push wait for whoever holds the person's row.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_constraint=False
    )
    topic = models.CharField(_("topic"), max_length=32)
    data = models.JSONField(_("data"), default=dict)
    position = models.PositiveBigIntegerField(null=True, unique=True)
    created_at = models.DateTimeField(_("created at"))
    numbered_at = models.DateTimeField(null=True, db_index=True)

    objects = LiveEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("live event")
        verbose_name_plural = _("live events")
        ordering = ("-pk",)
        indexes = [models.Index(fields=["user", "position"], name="live_event_of_user")]
        constraints = [
            models.CheckConstraint(
                name="liveevent_numbered_with_its_moment",
                condition=models.Q(position__isnull=True, numbered_at__isnull=True)
                | models.Q(position__isnull=False, numbered_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.position}"


class LiveClock(models.Model):
    """One row: the last position that was given, and the last one that was pruned."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    position = models.PositiveBigIntegerField(default=0)
    pruned = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("live clock")
        constraints = [
            models.CheckConstraint(name="liveclock_is_one", condition=models.Q(id=1)),
            models.CheckConstraint(
                name="liveclock_pruned_what_was_numbered",
                condition=models.Q(pruned__lte=models.F("position")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.position)
