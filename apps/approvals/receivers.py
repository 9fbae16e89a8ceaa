from apps.approvals import tasks
from apps.approvals.enums import ApprovalStatus
from apps.approvals.events import ApprovalFinished, EffectRequested, TaskClosed, TaskOpened
from apps.core.events import on
from apps.notifications.events import DingtalkInstanceChanged, DingtalkTaskChanged


@on(ApprovalFinished)
def carry_out(event: ApprovalFinished) -> None:
    tasks.run_effect.delay(approval_id=event.approval_id)


@on(ApprovalFinished)
def seal_the_form(event: ApprovalFinished) -> None:
    if event.status == ApprovalStatus.APPROVED:
        tasks.seal_approval.delay(approval_id=event.approval_id)


@on(EffectRequested)
def carry_out_again(event: EffectRequested) -> None:
    tasks.run_effect.delay(approval_id=event.approval_id)


@on(TaskOpened)
@on(TaskClosed)
@on(ApprovalFinished)
def tell_dingtalk(event: TaskOpened | TaskClosed | ApprovalFinished) -> None:
    tasks.look_at_dingtalk.delay(approval_id=event.approval_id)


@on(DingtalkInstanceChanged)
@on(DingtalkTaskChanged)
def hear_dingtalk(event: DingtalkInstanceChanged | DingtalkTaskChanged) -> None:
    tasks.hear_dingtalk.delay(
        settings_id=event.settings_id, process_instance_id=event.process_instance_id
    )
