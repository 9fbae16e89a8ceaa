"""The audit log: who did what to which thing, on whose behalf, from where."""

from typing import Any

import structlog
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from apps.core.models import AuditEntry


def target_of(thing: models.Model) -> str:
    """How the log names a thing: "billing.Recharge:42"."""
    return f"{thing._meta.label}:{thing.pk}"


def record(
    *,
    actor: AbstractBaseUser | None,
    verb: str,
    thing: models.Model,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
    on_behalf_of: str = "",
    **facts: Any,
) -> AuditEntry:
    """Write one entry in the caller's transaction. `actor` None is the system itself.

    IP address and request id come from the log context that the request middleware binds.
    Never pass a secret: the log is kept for years.
    """
    context = structlog.contextvars.get_contextvars()
    return AuditEntry.objects.create(
        actor_id=actor.pk if actor else None,
        actor_name=str(actor) if actor else "",
        on_behalf_of=on_behalf_of,
        tenant_id=getattr(thing, "tenant_id", None) or getattr(actor, "tenant_id", None),
        verb=verb,
        target=target_of(thing),
        target_name=str(thing)[:200],
        before=before or {},
        after=after or {},
        facts=facts,
        reason=reason,
        ip=context.get("ip"),
        request_id=context.get("request_id", ""),
    )


def timeline(thing: models.Model) -> models.QuerySet[AuditEntry]:
    """What happened to `thing`, oldest first."""
    return AuditEntry.objects.filter(target=target_of(thing)).order_by("pk")
