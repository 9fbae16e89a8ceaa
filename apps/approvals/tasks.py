from celery import shared_task
from django.utils import timezone

from apps.approvals import services


@shared_task(name="approvals.run_effect")
def run_effect(*, approval_id: int, **_: object) -> bool:
    """Tell the owning app one outcome; doubled messages find it told."""
    return services.run_effect(approval_id=approval_id, now=timezone.now())


@shared_task(name="approvals.run_due_effects")
def run_due_effects(**_: object) -> int:
    """Find outcomes whose job was lost or killed."""
    due = services.due_effects()
    for approval_id in due:
        run_effect.delay(approval_id=approval_id)
    return len(due)


@shared_task(name="approvals.remind_and_escalate")
def remind_and_escalate(**_: object) -> int:
    """Remind of what waits too long, and give it to the superior."""
    return services.remind_and_escalate(now=timezone.now())


@shared_task(name="approvals.follow_people")
def follow_people(**_: object) -> int:
    """Absences that begin or end, and people who have left."""
    now = timezone.now()
    return services.apply_delegations(now=now) + services.move_tasks_of_leavers(now=now)
