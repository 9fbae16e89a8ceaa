from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class DeliveryQueued(Event):
    delivery_id: int
