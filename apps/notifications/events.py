from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class DeliveryQueued(Event):
    delivery_id: int


@dataclass(frozen=True)
class DingtalkInstanceChanged(Event):
    """A process instance began or ended at DingTalk. A reason to look there, not a fact."""

    settings_id: int
    process_instance_id: str
    process_code: str
    change: str
    result: str
    staff_id: str


@dataclass(frozen=True)
class DingtalkTaskChanged(Event):
    """Somebody's task of a process instance began or ended at DingTalk."""

    settings_id: int
    process_instance_id: str
    task_id: str
    change: str
    result: str
    staff_id: str
