"""Carries a request through its flow, as the people whom it names."""

from datetime import datetime

from apps.approvals import services
from apps.approvals.enums import TaskStatus
from apps.approvals.models import Approval, Task
from apps.rbac.models import User


def open_task(approval: Approval) -> Task:
    return Task.objects.filter(approval=approval, status=TaskStatus.OPEN).earliest("pk")


def agree(approval: Approval, now: datetime) -> list[User]:
    """Everybody whom it waits for agrees, until it is decided; then the outcome is carried out."""
    agreed = []
    while approval.is_running:
        person = open_task(approval).assignee
        services.approve(approval=approval, actor=person, now=now)
        agreed.append(person)
        approval.refresh_from_db()
    finish(approval, now)
    return agreed


def refuse(approval: Approval, now: datetime) -> None:
    person = open_task(approval).assignee
    services.reject(approval=approval, actor=person, note="不同意", now=now)
    finish(approval, now)


def finish(approval: Approval, now: datetime) -> None:
    services.run_effect(approval_id=approval.pk, now=now)
    approval.refresh_from_db()
