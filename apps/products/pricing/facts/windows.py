from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from apps.products.pricing.facts.codes import Reason

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open period: [start, until). An open end is None."""

    start: datetime | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        for moment in (self.start, self.until):
            if moment is not None and moment.tzinfo is None:
                raise ValueError("A window needs moments with a time zone.")

    def miss(self, at: datetime) -> Reason | None:
        """Why the moment lies outside, or None when it lies inside."""
        if self.start is not None and at < self.start:
            return Reason.NOT_STARTED
        if self.until is not None and at >= self.until:
            return Reason.ENDED
        return None


ALWAYS = Window()
