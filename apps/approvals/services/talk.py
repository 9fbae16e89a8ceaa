"""What decides nothing: urging, copies, comments, files."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.approvals.enums import ApprovalVerb, Door
from apps.approvals.errors import NotTheApprover, PersonDoesNotFit, UrgedRecently
from apps.approvals.events import ApprovalCommented, ApprovalCopied, TaskUrged
from apps.approvals.models import Act, Approval, Attachment, Comment, Copy, Task
from apps.approvals.selectors.organization import tenant_chain
from apps.approvals.services.acts import record_act
from apps.approvals.services.files import keep_file
from apps.approvals.services.gate import clean_note, ensure_applicant, ensure_visible, hold
from apps.core.errors import Invalid
from apps.core.events import publish
from apps.rbac.models import User

URGE_PAUSE = timedelta(hours=2)
COMMENT_LENGTH = 2000


@transaction.atomic
def urge(
    *, approval: Approval, actor: User, now: datetime, note: str = "", door: Door = Door.WEB
) -> Approval:
    """Ask those whose turn it is to decide (催办), every two hours at most.

    Trusted: ensure_applicant asks rbac.require.
    :raises UrgedRecently: if he did so less than two hours ago
    """
    ensure_applicant(approval=approval, actor=actor)
    note = clean_note(note=note)
    approval = hold(approval=approval, verb=ApprovalVerb.URGE)
    last = Act.objects.filter(approval=approval, verb=ApprovalVerb.URGE).order_by("-pk").first()
    if last is not None and now < last.at + URGE_PAUSE:
        again_at = timezone.localtime(last.at + URGE_PAUSE)
        raise UrgedRecently(again_at=f"{again_at:%H:%M}")
    act = record_act(
        approval=approval, verb=ApprovalVerb.URGE, actor=actor, now=now, door=door, note=note
    )
    for task in Task.objects.open().filter(approval=approval).exclude(assignee=actor):
        publish(
            TaskUrged(
                approval_id=approval.pk, task_id=task.pk, user_id=task.assignee_id, act_id=act.pk
            )
        )
    return approval


@transaction.atomic
def copy_to(
    *,
    approval: Approval,
    actor: User,
    users: Sequence[User],
    now: datetime,
    note: str = "",
    door: Door = Door.WEB,
) -> Approval:
    """Let people read it and tell them (抄送); who has it already is passed over.

    Trusted: who sees an approval may show it to colleagues; the chain names him.
    :raises PersonDoesNotFit: for who is no active colleague
    """
    ensure_visible(approval=approval, actor=actor)
    note = clean_note(note=note)
    approval = hold(approval=approval, verb=ApprovalVerb.COPY)
    tenants = tenant_chain(approval.tenant)
    for user in users:
        if not (user.is_active and user.is_staff and user.tenant_id in tenants):
            raise PersonDoesNotFit(person=user)
        _copy, is_new = Copy.objects.get_or_create(
            approval=approval, user=user, defaults={"copied_at": now}
        )
        if is_new:
            publish(ApprovalCopied(approval_id=approval.pk, user_id=user.pk))
            record_act(
                approval=approval,
                verb=ApprovalVerb.COPY,
                actor=actor,
                now=now,
                door=door,
                person=user,
                note=note,
            )
    return approval


@transaction.atomic
def comment(
    *, approval: Approval, actor: User, text: str, now: datetime, door: Door = Door.WEB
) -> Comment:
    """Say something. Trusted: who sees an approval may speak. :raises Invalid: without a text"""
    ensure_visible(approval=approval, actor=actor)
    text = text.strip()
    if not 0 < len(text) <= COMMENT_LENGTH:
        raise Invalid(fields={"text": _("1 to 2,000 characters, please.")})
    approval = hold(approval=approval, verb=ApprovalVerb.COMMENT)
    said = Comment.objects.create(approval=approval, author=actor, text=text, at=now)
    record_act(
        approval=approval,
        verb=ApprovalVerb.COMMENT,
        actor=actor,
        now=now,
        door=door,
        note=text[:500],
    )
    publish(ApprovalCommented(approval_id=approval.pk, comment_id=said.pk))
    return said


@transaction.atomic
def attach(
    *, approval: Approval, actor: User, file: "File[Any]", now: datetime, door: Door = Door.WEB
) -> Attachment:
    """Add a file while it runs: the applicant, or whose turn it is.

    Trusted: these two are the right. :raises NotTheApprover: for everybody else
    """
    ensure_visible(approval=approval, actor=actor)
    approval = hold(approval=approval, verb=ApprovalVerb.ATTACH)
    has_turn = Task.objects.open_for(actor).filter(approval=approval).exists()
    if actor.pk != approval.applicant_id and not has_turn:
        raise NotTheApprover(number=approval.number)
    attachment = keep_file(approval=approval, file=file, by=actor, now=now)
    record_act(
        approval=approval,
        verb=ApprovalVerb.ATTACH,
        actor=actor,
        now=now,
        door=door,
        note=f"{attachment.name} {attachment.sha256}"[-500:],
    )
    return attachment


def mark_read(*, approval: Approval, user: User, now: datetime) -> bool:
    """Note that a copy was read; whether there was one unread. Trusted: his own copy."""
    unread = Copy.objects.filter(approval=approval, user=user, read_at__isnull=True)
    return bool(unread.update(read_at=now))
