"""What pages show of a resource."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from apps.clouds.enums import ResourceStatus
from apps.clouds.models import Resource
from apps.core import audit
from apps.core.acts import label_of


@dataclass(frozen=True)
class Happening:
    """One line of the time line."""

    at: datetime
    verb: str
    label: str
    actor: str
    note: str


def timeline(resource: Resource) -> list[Happening]:
    """How the resource came to be and where it went, oldest first."""
    labels = {f"resource.{status}": str(label) for status, label in ResourceStatus.choices}
    entries = audit.timeline(resource).filter(verb__in=[*labels, "resource.created"])
    return [
        Happening(
            at=entry.at,
            verb=entry.verb,
            label=labels.get(entry.verb) or label_of(entry.verb),
            actor=entry.actor_name or _("System"),
            note=entry.reason,
        )
        for entry in entries
    ]
