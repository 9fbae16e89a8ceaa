"""Who may do what to an approval, asked under its lock."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.approvals.enums import VERBS, ApprovalPerm, ApprovalVerb
from apps.approvals.errors import (
    NotTheApplicant,
    NotTheApprover,
    PersonDoesNotFit,
    TaskIsClosed,
    VerbIsNotAllowed,
)
from apps.approvals.models import Approval, Task
from apps.approvals.selectors.organization import deciders
from apps.approvals.selectors.turns import Turn, parts_of, turn_of
from apps.core.errors import Invalid, NotFound
from apps.rbac import services as rbac
from apps.rbac.models import User

NOTE_LENGTH = 500


def hold(*, approval: Approval, verb: ApprovalVerb) -> Approval:
    """The approval, locked, if the verb fits its status. Trusted: the gate itself.

    :raises VerbIsNotAllowed: if it is decided, withdrawn or voided already
    """
    locked = Approval.objects.lock(approval)
    if verb not in VERBS[locked.status]:
        raise VerbIsNotAllowed(number=locked.number, status=locked.get_status_display())
    return locked


def ensure_decider(*, approval: Approval, actor: User) -> None:
    """Let pass whoever has, or had, a part in the approval; others by what they may see.

    Trusted: the gate itself. A task that somebody else was faster to close must answer 409, not
    404, although the right to read is gone with it.
    :raises NotFound: if he may not even know of it
    :raises Forbidden: if he may not decide at all
    """
    had_part = Task.objects.filter(Q(assignee=actor) | Q(stand_in=actor), approval=approval)
    rbac.require(actor, ApprovalPerm.DECIDE, None if had_part.exists() else approval)


def seat_of(*, approval: Approval, actor: User, now: datetime) -> Turn:
    """The open task by which `actor` may decide, his own before another's. Trusted: the gate.

    :raises TaskIsClosed: if he had one and it is closed
    :raises NotTheApprover: if he never had one
    """
    turn = turn_of(approval, actor, now=now)
    if turn is not None:
        return turn
    refusal = TaskIsClosed if parts_of(approval, actor) else NotTheApprover
    raise refusal(number=approval.number)


def ensure_visible(*, approval: Approval, actor: User) -> None:
    """:raises NotFound: if he may not read it. Trusted: the gate itself."""
    if not Approval.objects.visible_to(actor).filter(pk=approval.pk).exists():
        raise NotFound


def ensure_applicant(*, approval: Approval, actor: User) -> None:
    """Trusted: the gate itself. :raises NotTheApplicant: if it is somebody else's request"""
    ensure_visible(approval=approval, actor=actor)
    rbac.require(actor, ApprovalPerm.SUBMIT)
    if approval.applicant_id != actor.pk:
        raise NotTheApplicant


def ensure_able(*, approval: Approval, person: User) -> None:
    """Trusted: a check. :raises PersonDoesNotFit: if he could not decide on this approval"""
    is_able = deciders(approval.tenant).filter(pk=person.pk).exists()
    if not is_able or person.pk == approval.applicant_id:
        raise PersonDoesNotFit(person=person)


def clean_note(*, note: str) -> str:
    """The note without its edges. Trusted: a check. :raises Invalid: if it is too long"""
    note = note.strip()
    if len(note) > NOTE_LENGTH:
        raise Invalid(fields={"note": _("No more than 500 characters, please.")})
    return note
