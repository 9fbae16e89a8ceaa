"""Approvals, told to those whom they concern, and shown on the pages that they have open."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import translation

from apps.approvals import messages
from apps.approvals.enums import ApprovalPerm, ApprovalStatus, ApprovalVerb
from apps.approvals.models import Act, Approval, Comment, Task
from apps.approvals.models.approvals import APPLICANT
from apps.approvals.selectors.times import kind_label
from apps.notifications import services as notifications
from apps.notifications.catalogue import MessageKind
from apps.notifications.live import push
from apps.rbac.models import User


@transaction.atomic
def tell_of_task(*, task_id: int, now: datetime) -> None:
    """It is somebody's turn. Trusted: a receiver's work."""
    task = _task(task_id)
    if task.is_open and task.step.node_key != APPLICANT:
        people = [person for person in (task.assignee, task.stand_in) if person]
        facts = {"node": task.step.label}
        _tell(messages.TASK_ASSIGNED, task.approval, people, facts, f"task:{task.pk}", now)


@transaction.atomic
def tell_of_urging(*, task_id: int, act_id: int, now: datetime) -> None:
    """Somebody lets others wait. Trusted: a receiver's work."""
    task = _task(task_id)
    if not task.is_open:
        return
    key = f"urged:{act_id}:{task.pk}"
    if task.step.node_key == APPLICANT:
        _tell_of_return(task.approval, key, now)
        return
    people = [person for person in (task.assignee, task.stand_in) if person]
    _tell(messages.TASK_URGED, task.approval, people, {"node": task.step.label}, key, now)


@transaction.atomic
def tell_of_return(*, approval_id: int, act_id: int, now: datetime) -> None:
    """The applicant has to look at it again. Trusted: a receiver's work."""
    _tell_of_return(_approval(approval_id), f"returned:{act_id}", now)


@transaction.atomic
def tell_of_end(*, approval_id: int, now: datetime) -> None:
    """The applicant hears what came of it, unless he took it back. Trusted: a receiver's work."""
    approval = _approval(approval_id)
    if approval.status == ApprovalStatus.WITHDRAWN:
        return
    last = (
        Act.objects.filter(
            approval=approval,
            verb__in=[ApprovalVerb.APPROVE, ApprovalVerb.REJECT, ApprovalVerb.VOID],
        )
        .order_by("-pk")
        .first()
    )
    facts = {"note": (last.note if last else "") or "—"}
    key = f"finished:{approval.pk}"
    _tell(messages.FINISHED, approval, [approval.applicant], facts, key, now, has_status=True)


@transaction.atomic
def tell_of_copy(*, approval_id: int, user_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    approval, user = _approval(approval_id), User.objects.get(pk=user_id)
    key = f"copied:{approval.pk}:{user.pk}"
    _tell(messages.COPIED, approval, [user], {}, key, now, has_status=True)


@transaction.atomic
def tell_of_comment(*, comment_id: int, now: datetime) -> None:
    """The applicant and whose turn it is, but not the author. Trusted: a receiver's work."""
    comment = Comment.objects.select_related("approval__applicant", "author").get(pk=comment_id)
    approval = comment.approval
    tasks = Task.objects.open().filter(approval=approval).select_related("assignee", "stand_in")
    concerned = [approval.applicant]
    concerned += [person for task in tasks for person in (task.assignee, task.stand_in) if person]
    people = [person for person in concerned if person.pk != comment.author_id]
    facts = {"note": comment.text[:500], "author": str(comment.author)}
    _tell(messages.COMMENTED, approval, people, facts, f"comment:{comment.pk}", now)


@transaction.atomic
def tell_of_held_effect(*, approval_id: int, now: datetime) -> None:
    """Trusted: a receiver's work. It may be held more than once, for other reasons."""
    approval = _approval(approval_id)
    people = notifications.staff_who_may(
        permission=ApprovalPerm.RUN_EFFECT, thing=approval, tenant=approval.tenant
    )
    held = approval.history.filter(effect=approval.effect).count()
    facts = {"reason": approval.effect_problem or "—"}
    _tell(messages.EFFECT_HELD, approval, people, facts, f"held:{approval.pk}:{held}", now)


@transaction.atomic
def show(*, approval_id: int) -> None:
    """Pages that show the approval learn how it stands. Trusted: a receiver's work."""
    approval = Approval.objects.get(pk=approval_id)
    tasks = Task.objects.filter(approval=approval).values_list("assignee", "stand_in")
    users = {approval.applicant_id, *approval.copies.values_list("user", flat=True)}
    users |= {person for pair in tasks for person in pair if person is not None}
    push(users=users, topic="approval", data={"id": approval.pk, "status": str(approval.status)})


def _tell_of_return(approval: Approval, key: str, now: datetime) -> None:
    sent_back = Act.objects.filter(approval=approval, verb=ApprovalVerb.SEND_BACK)
    last = sent_back.order_by("-pk").first()
    facts = {"note": (last.note if last else "") or "—"}
    _tell(messages.RETURNED, approval, [approval.applicant], facts, key, now)


def _tell(
    kind: MessageKind,
    approval: Approval,
    people: Iterable[User],
    facts: dict[str, str],
    key: str,
    now: datetime,
    *,
    has_status: bool = False,
) -> None:
    """Each in his own language, with a link to his own door."""
    for person in people:
        with translation.override(person.language):
            status = {"status": str(approval.get_status_display())} if has_status else {}
            known = {
                "number": approval.number,
                "title": approval.title,
                "kind": kind_label(approval.kind),
                "applicant": str(approval.applicant),
            }
        door = "/admin/approvals/approval/{}/change/" if person.is_staff else "/approvals/{}"
        notifications.notify(
            kind=kind.code,
            to=[person],
            facts={**known, **status, **facts},
            key=f"approval:{key}",
            now=now,
            link=door.format(approval.pk),
            tenant=approval.tenant,
        )


def _approval(approval_id: int) -> Approval:
    return Approval.objects.select_related("applicant", "tenant").get(pk=approval_id)


def _task(task_id: int) -> Task:
    return Task.objects.select_related(
        "approval__applicant", "approval__tenant", "step", "assignee", "stand_in"
    ).get(pk=task_id)
