from django.utils import timezone

from apps.approvals import tasks
from apps.approvals.enums import ApprovalStatus
from apps.approvals.events import (
    ApprovalCommented,
    ApprovalCopied,
    ApprovalFinished,
    ApprovalReturned,
    EffectDone,
    EffectHeld,
    EffectRequested,
    TaskClosed,
    TaskOpened,
    TaskUrged,
)
from apps.approvals.services import telling
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
def open_at_dingtalk(event: TaskOpened) -> None:
    tasks.look_at_dingtalk.delay(approval_id=event.approval_id)


@on(TaskClosed)
def close_at_dingtalk(event: TaskClosed) -> None:
    tasks.look_at_dingtalk.delay(approval_id=event.approval_id)


@on(ApprovalFinished)
def end_at_dingtalk(event: ApprovalFinished) -> None:
    tasks.look_at_dingtalk.delay(approval_id=event.approval_id)


@on(DingtalkInstanceChanged)
def hear_of_instance(event: DingtalkInstanceChanged) -> None:
    tasks.hear_dingtalk.delay(
        settings_id=event.settings_id, process_instance_id=event.process_instance_id
    )


@on(DingtalkTaskChanged)
def hear_of_task(event: DingtalkTaskChanged) -> None:
    tasks.hear_dingtalk.delay(
        settings_id=event.settings_id, process_instance_id=event.process_instance_id
    )


@on(TaskOpened)
def tell_of_task(event: TaskOpened) -> None:
    telling.tell_of_task(task_id=event.task_id, now=timezone.now())
    telling.show(approval_id=event.approval_id)


@on(TaskClosed)
def show_the_task(event: TaskClosed) -> None:
    telling.show(approval_id=event.approval_id)


@on(TaskUrged)
def tell_of_urging(event: TaskUrged) -> None:
    telling.tell_of_urging(task_id=event.task_id, act_id=event.act_id, now=timezone.now())


@on(ApprovalReturned)
def tell_of_return(event: ApprovalReturned) -> None:
    telling.tell_of_return(approval_id=event.approval_id, act_id=event.act_id, now=timezone.now())


@on(ApprovalFinished)
def tell_of_end(event: ApprovalFinished) -> None:
    telling.tell_of_end(approval_id=event.approval_id, now=timezone.now())
    telling.show(approval_id=event.approval_id)


@on(EffectDone)
def show_the_effect(event: EffectDone) -> None:
    telling.show(approval_id=event.approval_id)


@on(ApprovalCopied)
def tell_of_copy(event: ApprovalCopied) -> None:
    telling.tell_of_copy(approval_id=event.approval_id, user_id=event.user_id, now=timezone.now())


@on(ApprovalCommented)
def tell_of_comment(event: ApprovalCommented) -> None:
    telling.tell_of_comment(comment_id=event.comment_id, now=timezone.now())
    telling.show(approval_id=event.approval_id)


@on(EffectHeld)
def tell_of_held_effect(event: EffectHeld) -> None:
    telling.tell_of_held_effect(approval_id=event.approval_id, now=timezone.now())
    telling.show(approval_id=event.approval_id)
