from apps.core.models.audit import AuditEntry
from apps.core.models.fields import ExactCharField
from apps.core.models.history import history, written_by
from apps.core.models.idempotency import IdempotencyKey
from apps.core.models.imports import ImportJob
from apps.core.models.numbering import NumberSeries, NumberTicket
from apps.core.models.outbox import OutboxDelivery, OutboxEvent
from apps.core.models.querysets import LockableQuerySet
from apps.core.models.sealing import AuditLink

__all__ = [
    "AuditEntry",
    "AuditLink",
    "ExactCharField",
    "IdempotencyKey",
    "ImportJob",
    "LockableQuerySet",
    "NumberSeries",
    "NumberTicket",
    "OutboxDelivery",
    "OutboxEvent",
    "history",
    "written_by",
]
