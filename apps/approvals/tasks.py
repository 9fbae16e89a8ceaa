import structlog
from celery import shared_task
from django.utils import timezone

from apps.approvals import dingtalk_rounds, services
from apps.approvals.models import Approval
from apps.approvals.seal.errors import SealIsMissing
from apps.approvals.selectors.seals import unsealed
from apps.approvals.services import seals
from apps.approvals.working_time import calendar_warning

log = structlog.get_logger()
MOST_SEALS_AT_ONCE = 100


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


@shared_task(name="approvals.seal_approval")
def seal_approval(*, approval_id: int, **_: object) -> None:
    """Make the sealed PDF of one approval; doubled messages find it made."""
    try:
        seals.seal_approval(approval=Approval.objects.get(pk=approval_id), now=timezone.now())
    except SealIsMissing as error:  # until a certificate is imported; the sweep comes again
        log.error("approval is not sealed", approval=approval_id, problem=str(error))


@shared_task(name="approvals.seal_due")
def seal_due(**_: object) -> int:
    """Find approvals whose sealed form was not made."""
    due = list(unsealed().order_by("pk").values_list("pk", flat=True)[:MOST_SEALS_AT_ONCE])
    for approval_id in due:
        seal_approval.delay(approval_id=approval_id)
    return len(due)


@shared_task(name="approvals.look_at_calendar")
def look_at_calendar(**_: object) -> str:
    """Raise the alarm while the public holidays of this or the next year are not known."""
    warning = calendar_warning(timezone.localdate())
    if warning:
        log.error("approvals.holidays_unknown", problem=warning)
    return warning


@shared_task(name="approvals.remind_and_escalate")
def remind_and_escalate(**_: object) -> int:
    """Remind of what waits too long, and give it to the superior."""
    return services.remind_and_escalate(now=timezone.now())


@shared_task(name="approvals.follow_people")
def follow_people(**_: object) -> int:
    """Absences that begin or end, and people who have left."""
    now = timezone.now()
    return services.apply_delegations(now=now) + services.move_tasks_of_leavers(now=now)


MOST_ROUNDS_AT_ONCE = 30


@shared_task(name="approvals.look_at_dingtalk")
def look_at_dingtalk(*, approval_id: int, **_: object) -> None:
    """Something happened to an approval: let DingTalk know, if it shows it."""
    _agree(dingtalk_rounds.look_at(approval_id=approval_id, now=timezone.now()))


@shared_task(name="approvals.hear_dingtalk")
def hear_dingtalk(*, settings_id: int, process_instance_id: str, **_: object) -> None:
    """Something happened to an instance at DingTalk: see what."""
    _agree(
        dingtalk_rounds.look_at_instance(
            settings_id=settings_id, process_instance_id=process_instance_id, now=timezone.now()
        )
    )


@shared_task(name="approvals.agree_with_dingtalk")
def agree_with_dingtalk(*, instance_id: int, **_: object) -> None:
    """Bring one instance into agreement."""
    _agree(instance_id)


@shared_task(name="approvals.poll_dingtalk")
def poll_dingtalk(**_: object) -> int:
    """Look again at open instances, every ten minutes, and at those that could not be reached."""
    due = dingtalk_rounds.due(now=timezone.now())
    for instance_id in due:
        agree_with_dingtalk.delay(instance_id=instance_id)
    return len(due)


def _agree(instance_id: int | None) -> None:
    """Also the rounds that follow, and wishes that came while the lease was held."""
    for _round in range(MOST_ROUNDS_AT_ONCE):
        if instance_id is None:
            return
        instance_id = dingtalk_rounds.agree(instance_id=instance_id, now=timezone.now())


@shared_task(name="approvals.install_flows")
def install_flows(**_: object) -> int:
    """Kinds that came with an upgrade get their standard flow, to be seen and edited."""
    return services.install_standard_flows(now=timezone.now())
