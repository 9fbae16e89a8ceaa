"""The applicant's side: ask, ask again, take back; and the subject's owner, who may void."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.approvals import kinds
from apps.approvals.enums import (
    STEP_FLOW,
    ApprovalPerm,
    ApprovalStatus,
    ApprovalVerb,
    Door,
    StepStatus,
    TaskStatus,
)
from apps.approvals.errors import NotSentBack, SubjectIsPending
from apps.approvals.events import ApprovalStarted
from apps.approvals.forms import clean_form, digest_of
from apps.approvals.kinds import Kind
from apps.approvals.models import Approval, FlowVersion, Task
from apps.approvals.models.approvals import APPLICANT, running_key_of
from apps.approvals.selectors.flows import facts_for, flow_of
from apps.approvals.services.acts import record_act
from apps.approvals.services.course import Course
from apps.approvals.services.files import keep_file
from apps.approvals.services.flows import install_standard_flow
from apps.approvals.services.gate import clean_note, ensure_applicant, hold
from apps.approvals.services.seats import close_task
from apps.core.events import publish
from apps.core.numbers import next_number
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

type Chosen = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Matter:
    """What a request is about, beside its form."""

    title: str
    subject: tuple[str, int] | None
    customer_id: int | None
    tenant: Tenant
    chosen: Chosen


@transaction.atomic
def submit(
    *,
    kind: str,
    title: str,
    form: Mapping[str, Any],
    applicant: User,
    now: datetime,
    subject: tuple[str, int] | None = None,
    customer_id: int | None = None,
    tenant: Tenant | None = None,
    chosen: Chosen | None = None,
    attachments: Sequence["File[Any]"] = (),
    door: Door = Door.WEB,
) -> Approval:
    """Ask for a decision; the flow of the tenant says whose.

    :raises KindIsUnknown: if no app registered the kind
    :raises FormIsInvalid: with a sentence for each field
    :raises SubjectIsPending: if the same is asked for the same thing already
    :raises ChoiceIsMissing: if the applicant must name an approver and did not
    :raises NobodyCanDecide: if a step has nobody
    """
    rbac.require(applicant, ApprovalPerm.SUBMIT)
    what = kinds.get(kind)
    if what.submit_permission:
        rbac.require(applicant, what.submit_permission)
    about = Matter(title, subject, customer_id, tenant or applicant.tenant, chosen or {})
    approval = _create(what, clean_form(kind=what, form=form), about, applicant, now)
    for file in attachments:
        keep_file(approval=approval, file=file, by=applicant, now=now)
    _record(approval, ApprovalVerb.SUBMIT, applicant, now, door)
    publish(ApprovalStarted(approval_id=approval.pk))
    course = Course(approval, actor=applicant, now=now, door=door)
    course.lay_out()
    course.advance()
    return approval


@transaction.atomic
def resubmit(
    *,
    approval: Approval,
    actor: User,
    now: datetime,
    form: Mapping[str, Any] | None = None,
    chosen: Chosen | None = None,
    note: str = "",
    door: Door = Door.WEB,
) -> Approval:
    """Hand in again what was sent back, changed or not; everybody decides again.

    Trusted: ensure_applicant asks rbac.require.
    :raises NotSentBack: if it does not wait for the applicant
    """
    ensure_applicant(approval=approval, actor=actor)
    approval = hold(approval=approval, verb=ApprovalVerb.RESUBMIT)
    task = Task.objects.open().filter(approval=approval, step__node_key=APPLICANT).first()
    if task is None:
        raise NotSentBack(number=approval.number)
    kind = kinds.get(approval.kind)
    if form is not None:
        _change_form(approval, kind, form)
    if chosen is not None:
        approval.chosen = {key: list(people) for key, people in chosen.items()}
    approval.round += 1
    approval.save(update_fields=["form", "form_hash", "facts", "chosen", "round"])
    note = clean_note(note=note)
    task.approval = task.step.approval = approval
    close_task(task=task, status=TaskStatus.APPROVED, actor=actor, now=now, door=door, note=note)
    STEP_FLOW.move(task.step, StepStatus.APPROVED, actor=actor, closed_at=now)
    task.step.is_live = False
    task.step.save(update_fields=["is_live"])
    _record(approval, ApprovalVerb.RESUBMIT, actor, now, door, note=note)
    course = Course(approval, actor=actor, now=now, door=door)
    course.lay_out()
    course.advance()
    return approval


@transaction.atomic
def withdraw(
    *,
    approval: Approval,
    actor: User,
    now: datetime,
    reason: str = "",
    door: Door = Door.WEB,
) -> Approval:
    """Take one's own request back while nobody has decided it.

    Trusted: ensure_applicant asks rbac.require.
    :raises VerbIsNotAllowed: if it is decided
    """
    ensure_applicant(approval=approval, actor=actor)
    reason = clean_note(note=reason)
    approval = hold(approval=approval, verb=ApprovalVerb.WITHDRAW)
    _record(approval, ApprovalVerb.WITHDRAW, actor, now, door, note=reason)
    course = Course(approval, actor=actor, now=now, door=door)
    course.finish(ApprovalStatus.WITHDRAWN, note=reason)
    return approval


@transaction.atomic
def void_for_subject(
    *, subject: tuple[str, int], reason: str, now: datetime, kind: str | None = None
) -> int:
    """End what runs for a subject, because the subject was edited; how many (APR-5).

    Trusted: the owning app calls it in the transaction of the edit. The outcome is nobody's to
    carry out: the owner knows.
    """
    running = Approval.objects.running().about(subject)
    if kind is not None:
        running = running.filter(kind=kind)
    voided = 0
    for approval in running.order_by("pk").select_for_update():
        _record(approval, ApprovalVerb.VOID, None, now, Door.JOB, note=reason[:500])
        course = Course(approval, actor=None, now=now, door=Door.JOB)
        course.finish(ApprovalStatus.VOIDED, note=reason[:500])
        voided += 1
    return voided


def _create(
    kind: Kind, form: dict[str, Any], about: Matter, applicant: User, now: datetime
) -> Approval:
    label, subject_pk = about.subject or ("", None)
    approval = Approval(
        number=next_number(kind.number_prefix, on=timezone.localdate(now)),
        kind=kind.code,
        tenant=about.tenant,
        customer_id=about.customer_id,
        applicant=applicant,
        title=about.title[:200],
        form=form,
        form_hash=digest_of(kind=kind.code, form=form, subject=about.subject),
        chosen={key: list(people) for key, people in about.chosen.items()},
        subject_label=label,
        subject_pk=subject_pk,
        running_key=running_key_of(kind.code, about.subject),
        version=_version(kind, about.tenant, now),
        started_at=now,
    )
    approval.facts = _facts(approval, kind)
    try:
        with transaction.atomic():
            approval.save()
    except IntegrityError as error:
        pending = Approval.objects.filter(running_key=approval.running_key).first()
        raise SubjectIsPending(number=pending.number if pending else "") from error
    approval.segregated = sorted(kind.segregated(approval))
    approval.save(update_fields=["segregated"])
    return approval


def _version(kind: Kind, tenant: Tenant, now: datetime) -> FlowVersion:
    """The flow in force; a kind that is new to this installation brings its own."""
    return flow_of(kind.code, tenant) or install_standard_flow(kind=kind, now=now)


def _change_form(approval: Approval, kind: Kind, form: Mapping[str, Any]) -> None:
    approval.form = clean_form(kind=kind, form=form)
    approval.form_hash = digest_of(kind=kind.code, form=approval.form, subject=approval.subject)
    approval.facts = _facts(approval, kind)


def _facts(approval: Approval, kind: Kind) -> dict[str, str]:
    return facts_for(
        kind,
        form=approval.form,
        applicant=approval.applicant,
        tenant=approval.tenant,
        customer_id=approval.customer_id,
        subject=approval.subject,
    )


def _record(
    approval: Approval,
    verb: ApprovalVerb,
    actor: User | None,
    now: datetime,
    door: Door,
    note: str = "",
) -> None:
    record_act(approval=approval, verb=verb, actor=actor, now=now, door=door, note=note)
