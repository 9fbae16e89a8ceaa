from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class ApprovalStarted(Event):
    approval_id: int


@dataclass(frozen=True)
class TaskOpened(Event):
    """`stand_in_id` is who may decide for the assignee as well, if he is away."""

    approval_id: int
    task_id: int
    user_id: int
    stand_in_id: int | None = None


@dataclass(frozen=True)
class TaskClosed(Event):
    """The task waits for nobody any more; `status` says how it ended."""

    approval_id: int
    task_id: int
    user_id: int
    status: str


@dataclass(frozen=True)
class TaskUrged(Event):
    """The applicant, or the clock (`is_overdue`), asks for a decision. `act_id` makes it unique."""

    approval_id: int
    task_id: int
    user_id: int
    act_id: int
    is_overdue: bool = False


@dataclass(frozen=True)
class ApprovalReturned(Event):
    """It was sent back to the applicant, who may change it and submit it again."""

    approval_id: int
    act_id: int


@dataclass(frozen=True)
class ApprovalCopied(Event):
    approval_id: int
    user_id: int


@dataclass(frozen=True)
class ApprovalCommented(Event):
    approval_id: int
    comment_id: int


@dataclass(frozen=True)
class ApprovalMoved(Event):
    """A step was closed and the next one opened."""

    approval_id: int


@dataclass(frozen=True)
class ApprovalFinished(Event):
    """The decision is made; the effect follows in a job."""

    approval_id: int
    status: str


@dataclass(frozen=True)
class EffectDone(Event):
    approval_id: int


@dataclass(frozen=True)
class EffectHeld(Event):
    """The owning app refused to carry the outcome out: a person must look."""

    approval_id: int


@dataclass(frozen=True)
class EffectRequested(Event):
    """A held outcome is to be tried again."""

    approval_id: int
