from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class CustomerRegistered(Event):
    customer_id: int


@dataclass(frozen=True)
class CustomerVerified(Event):
    customer_id: int


@dataclass(frozen=True)
class VerificationRejected(Event):
    """`at` tells two rejections of one customer apart."""

    customer_id: int
    reason: str
    at: str
