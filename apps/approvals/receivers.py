from apps.approvals import tasks
from apps.approvals.events import ApprovalFinished, EffectRequested
from apps.core.events import on


@on(ApprovalFinished)
def carry_out(event: ApprovalFinished) -> None:
    tasks.run_effect.delay(approval_id=event.approval_id)


@on(EffectRequested)
def carry_out_again(event: EffectRequested) -> None:
    tasks.run_effect.delay(approval_id=event.approval_id)
