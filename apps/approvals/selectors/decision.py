"""All that the decision page needs, in one go."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.approvals import kinds
from apps.approvals.enums import (
    VERBS,
    ApprovalPerm,
    ApprovalStatus,
    ApprovalVerb,
    StepStatus,
    TaskStatus,
)
from apps.approvals.errors import NotSentBack, NotTheApplicant, NotTheApprover, VerbIsNotAllowed
from apps.approvals.kinds import Card, Change, Kind
from apps.approvals.models import Act, Approval, Attachment, Comment, Step, Task
from apps.approvals.models.approvals import APPLICANT, SECOND_PERSON
from apps.approvals.reasons import mode_label, sentence
from apps.approvals.selectors.turns import Turn, turn_of
from apps.rbac.models import User


@dataclass(frozen=True)
class ChainItem:
    """One act, ready to read."""

    verb: str
    label: str
    actor: str
    on_behalf_of: str
    person: str
    step: str
    note: str
    door: str
    at: datetime


@dataclass(frozen=True)
class PersonView:
    name: str
    status: str
    status_label: str
    stand_in: str = ""
    note: str = ""
    decided_at: datetime | None = None


@dataclass(frozen=True)
class StepView:
    node_key: str
    name: str
    status: str
    status_label: str
    mode: str
    mode_label: str
    share: int
    reasons: list[str]
    people: list[PersonView]
    opened_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True)
class AllowedVerb:
    """One button: whether it works, and if not, why."""

    verb: str
    label: str
    is_allowed: bool
    why_not: str = ""


@dataclass(frozen=True)
class Target:
    """Where it can be sent back to."""

    node_key: str
    name: str


@dataclass(frozen=True)
class Decision:
    card: Card
    steps: list[StepView]
    chain: list[ChainItem]
    verbs: list[AllowedVerb]
    targets: list[Target]
    comments: list[Comment] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    my_task: Task | None = None

    def may(self, verb: str) -> bool:
        return any(item.is_allowed for item in self.verbs if item.verb == verb)


def decision(approval: Approval, user: User, *, now: datetime) -> Decision:
    """What `user`, who may read it, sees of an approval and may do to it."""
    steps = list(approval.steps.live().prefetch_related("tasks__assignee", "tasks__stand_in"))
    turn = turn_of(approval, user, now=now)
    return Decision(
        card=for_reader(card_of(approval), user),
        steps=_step_views(steps),
        chain=chain_of(approval),
        verbs=verbs_for(approval, user, turn=turn),
        targets=_targets(steps, turn),
        comments=list(approval.comments.select_related("author")),
        attachments=list(approval.attachments.select_related("uploaded_by")),
        my_task=turn.task if turn else None,
    )


def card_of(approval: Approval) -> Card:
    """The kind's card; with the difference from the last approved version of the same subject."""
    kind = kinds.get(approval.kind)
    card = kind.card(approval)
    return card if card.changes else replace(card, changes=_changes(kind, approval))


def for_reader(card: Card, user: User) -> Card:
    """Without the lines that need a permission that he lacks, such as the vendor's prices."""
    return replace(
        card,
        facts=tuple(fact for fact in card.facts if not fact.needs or user.has_perm(fact.needs)),
        changes=tuple(one for one in card.changes if not one.needs or user.has_perm(one.needs)),
    )


def last_approved(approval: Approval) -> Approval | None:
    """What was approved before for the same thing."""
    if approval.subject is None:
        return None
    before = Approval.objects.about(approval.subject).filter(
        kind=approval.kind, status=ApprovalStatus.APPROVED, pk__lt=approval.pk
    )
    return before.order_by("-pk").first()


def chain_of(approval: Approval) -> list[ChainItem]:
    """The acts, the first one first."""
    acts = Act.objects.filter(approval=approval).select_related("actor", "on_behalf_of", "person")
    return [
        ChainItem(
            verb=act.verb,
            label=act.get_verb_display(),
            actor=str(act.actor or _("System")),
            on_behalf_of=str(act.on_behalf_of or ""),
            person=str(act.person or ""),
            step=act.step_name,
            note=act.note,
            door=act.get_door_display(),
            at=act.at,
        )
        for act in acts
    ]


def is_chain_whole(approval: Approval) -> bool:
    """Whether every act is as it was written, and none is missing in between."""
    previous = ""
    for act in Act.objects.filter(approval=approval).order_by("pk"):
        if act.previous != previous or act.digest != act.computed_digest():
            return False
        previous = act.digest
    return bool(previous)


def verbs_for(approval: Approval, user: User, *, turn: Turn | None) -> list[AllowedVerb]:
    """Each button, and why it does not work where it does not."""
    returned = (
        Task.objects.open()
        .filter(approval=approval, assignee=user, step__node_key=APPLICANT)
        .exists()
    )
    shown = []
    for verb in BUTTONS:
        why_not = _why_not(verb, approval, user, turn, is_returned=returned)
        shown.append(AllowedVerb(str(verb), str(BUTTONS[verb]()), not why_not, why_not))
    return shown


DECIDING = frozenset(
    {
        ApprovalVerb.APPROVE,
        ApprovalVerb.REJECT,
        ApprovalVerb.TRANSFER,
        ApprovalVerb.ADD_BEFORE,
        ApprovalVerb.ADD_AFTER,
        ApprovalVerb.SEND_BACK,
    }
)
APPLICANTS = frozenset({ApprovalVerb.WITHDRAW, ApprovalVerb.RESUBMIT, ApprovalVerb.URGE})
BUTTONS = {
    ApprovalVerb.APPROVE: lambda: _("Approve"),
    ApprovalVerb.REJECT: lambda: _("Reject"),
    ApprovalVerb.TRANSFER: lambda: _("Hand on"),
    ApprovalVerb.ADD_BEFORE: lambda: _("Add an approver before"),
    ApprovalVerb.ADD_AFTER: lambda: _("Add an approver after"),
    ApprovalVerb.SEND_BACK: lambda: _("Send back"),
    ApprovalVerb.RESUBMIT: lambda: _("Submit again"),
    ApprovalVerb.WITHDRAW: lambda: _("Withdraw"),
    ApprovalVerb.URGE: lambda: _("Urge"),
    ApprovalVerb.COPY: lambda: _("Copy to colleagues"),
    ApprovalVerb.COMMENT: lambda: pgettext("approvals", "Comment"),
    ApprovalVerb.ATTACH: lambda: _("Attach a file"),
}


def _why_not(
    verb: ApprovalVerb, approval: Approval, user: User, turn: Turn | None, *, is_returned: bool
) -> str:
    if verb not in VERBS[approval.status]:
        error = VerbIsNotAllowed(number=approval.number, status=approval.get_status_display())
        return str(error)
    is_applicant = approval.applicant_id == user.pk
    if verb in DECIDING and (turn is None or not user.has_perm(ApprovalPerm.DECIDE)):
        return str(NotTheApprover(number=approval.number))
    if verb in APPLICANTS and not is_applicant:
        return str(NotTheApplicant())
    if verb == ApprovalVerb.RESUBMIT and not is_returned:
        return str(NotSentBack(number=approval.number))
    if verb == ApprovalVerb.ATTACH and not is_applicant and turn is None:
        return str(NotTheApprover(number=approval.number))
    return ""


def _changes(kind: Kind, approval: Approval) -> tuple[Change, ...]:
    before = last_approved(approval)
    if before is None:
        return ()
    return tuple(
        Change(field.label, _shown(field, before.form), _shown(field, approval.form))
        for field in kind.fields
        if before.form.get(field.name) != approval.form.get(field.name)
    )


def _shown(field: kinds.FormField, form: Mapping[str, Any]) -> str:
    value = str(form.get(field.name, ""))
    return str(dict(field.choices).get(value, value))


def _step_views(steps: list[Step]) -> list[StepView]:
    planned = {int(p) for step in steps if step.status == StepStatus.WAITING for p in step.plan}
    planned |= {int(p) for step in steps if step.status == StepStatus.COPIED for p in step.plan}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=planned)}
    return [
        StepView(
            node_key=step.node_key,
            name=step.label,
            status=step.status,
            status_label=step.get_status_display(),
            mode=step.mode,
            mode_label=mode_label(step.mode),
            share=step.share,
            reasons=[sentence(reason) for reason in step.why],
            people=_people(step, names),
            opened_at=step.opened_at,
            closed_at=step.closed_at,
        )
        for step in steps
    ]


def _people(step: Step, names: Mapping[int, str]) -> list[PersonView]:
    tasks = sorted(step.tasks.all(), key=lambda task: (task.seat, task.position))
    if not tasks:
        status = TaskStatus.WAITING
        return [
            PersonView(names[int(p)], str(status), str(status.label))
            for p in step.plan
            if int(p) in names
        ]
    return [
        PersonView(
            name=str(task.assignee),
            status=task.status,
            status_label=task.get_status_display(),
            stand_in=str(task.stand_in or ""),
            note=task.note,
            decided_at=task.decided_at,
        )
        for task in tasks
    ]


def _targets(steps: list[Step], turn: Turn | None) -> list[Target]:
    if turn is None:
        return []
    passed = [
        step
        for step in steps
        if step.position < turn.task.step.position
        and step.status in (StepStatus.APPROVED, StepStatus.SKIPPED)
        and step.node_key not in (APPLICANT, SECOND_PERSON)
        and step.tasks.all()
    ]
    return [
        Target(APPLICANT, _("Applicant")),
        *(Target(step.node_key, step.label) for step in passed),
    ]
