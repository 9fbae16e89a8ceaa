from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class ResourceActivated(Event):
    resource_id: int


@dataclass(frozen=True)
class ResourceReleased(Event):
    resource_id: int


@dataclass(frozen=True)
class ResourceExpired(Event):
    resource_id: int


@dataclass(frozen=True)
class ResourceSyncRequested(Event):
    resource_id: int
