"""What stands on the form of an approval, in the active language."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language, pgettext, pgettext_lazy
from django.utils.translation import gettext as _

from apps.approvals import kinds
from apps.approvals.enums import ApprovalVerb
from apps.approvals.kinds import FieldType, FormField
from apps.approvals.models import Act, Approval, Comment
from apps.approvals.seal.paper import ActRow, ChangeRow, FormRow, Paper
from apps.core.money import capitals, format_yuan
from apps.rbac.models import User

BEFORE = "_before"  # the field "limit_before" says what "limit" was when it was asked for

# The decisions and what moved them; being urged or copied decides nothing.
VERBS = {
    ApprovalVerb.SUBMIT: pgettext_lazy("approval form", "Submits"),
    ApprovalVerb.RESUBMIT: pgettext_lazy("approval form", "Submits again"),
    ApprovalVerb.APPROVE: pgettext_lazy("approval form", "Agrees"),
    ApprovalVerb.REJECT: pgettext_lazy("approval form", "Refuses"),
    ApprovalVerb.TRANSFER: pgettext_lazy("approval form", "Hands on"),
    ApprovalVerb.ADD_BEFORE: pgettext_lazy("approval form", "Asks another first"),
    ApprovalVerb.ADD_AFTER: pgettext_lazy("approval form", "Asks another next"),
    ApprovalVerb.SEND_BACK: pgettext_lazy("approval form", "Sends back"),
    ApprovalVerb.SKIP: pgettext_lazy("approval form", "Skipped"),
    ApprovalVerb.MOVE: pgettext_lazy("approval form", "Taken over"),
    ApprovalVerb.ESCALATE: pgettext_lazy("approval form", "Escalated"),
    ApprovalVerb.GUARD: pgettext_lazy("approval form", "Second person"),
}


def paper_of(approval: Approval, *, company: str) -> Paper:
    """The form, sealed by `company`, with every decision that led to it."""
    kind = kinds.get(approval.kind)
    fields = {field.name: field for field in kind.fields}
    return Paper(
        title=_("{kind}: approval form").format(kind=kind.label),
        number=approval.number,
        organization=approval.tenant.name,
        company=company,
        subject=approval.title,
        result=_("Agreed to"),
        finished=_day(approval.finished_at),
        fingerprint=approval.form_hash,
        statement=_(
            "Made by Kboss from its records and sealed with a digital signature (PAdES). "
            "Any change breaks the seal; a PDF reader or Kboss shows whether it holds."
        ),
        caption=_("Electronic seal"),
        lang=(get_language() or "zh")[:2],
        labels=_labels(),
        people=list(_people(approval)),
        fields=list(_rows(fields, approval.form)),
        changes=list(_changes(fields, approval.form)),
        acts=list(_chain(approval)),
    )


def _labels() -> dict[str, str]:
    return {
        "number": _("Approval no."),
        "result": _("Result"),
        "subject": _("Matter"),
        "form": _("What was asked for"),
        "changes": _("Before and after"),
        "item": _("Item"),
        "before": _("Before"),
        "after": _("After"),
        "chain": _("How it was decided"),
        "position": "#",
        "step": _("Step"),
        "person": _("Person"),
        "verb": pgettext("approval form", "Decision"),
        "note": pgettext("approval form", "Note"),
        "at": _("Time"),
        "capitals": _("in capitals"),
        "fingerprint": _("Digest of the form"),
    }


def _people(approval: Approval) -> Iterator[tuple[str, str]]:
    applicant = approval.applicant
    department = applicant.department
    yield _("Applicant"), str(applicant)
    yield _("Department"), department.name if department else "—"
    yield _("Submitted at"), _moment(approval.started_at)
    yield _("Decided at"), _moment(approval.finished_at)


def _rows(fields: Mapping[str, FormField], form: Mapping[str, Any]) -> Iterator[FormRow]:
    for name, field in fields.items():
        value = form.get(name)
        if value in (None, "") or name.endswith(BEFORE):
            continue
        yield FormRow(str(field.label), _shown(field, value), _in_capitals(field, value))


def _changes(fields: Mapping[str, FormField], form: Mapping[str, Any]) -> Iterator[ChangeRow]:
    for name, field in fields.items():
        if name + BEFORE in fields:
            before, after = form.get(name + BEFORE), form.get(name)
            yield ChangeRow(str(field.label), _shown(field, before), _shown(field, after))


def _shown(field: FormField, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if field.type is FieldType.MONEY:
        return format_yuan(Decimal(str(value)))
    if field.type is FieldType.PERCENT:
        return f"{Decimal(str(value)).normalize():f} %"
    if field.type is FieldType.CHOICE:
        return str(dict(field.choices).get(str(value), value))
    if field.type is FieldType.USER:
        return str(User.objects.filter(pk=value).first() or value)
    return str(value)


def _in_capitals(field: FormField, value: Any) -> str:
    return capitals(Decimal(str(value))) if field.type is FieldType.MONEY else ""


def _chain(approval: Approval) -> Iterator[ActRow]:
    acts = approval.acts.filter(verb__in=VERBS).select_related("actor", "on_behalf_of", "person")
    comments = approval.comments.select_related("author")
    rows = [(act.at, _act_row(act)) for act in acts.order_by("pk")]
    rows += [(comment.at, _comment_row(comment)) for comment in comments.order_by("pk")]
    for _at, row in sorted(rows, key=lambda item: item[0]):
        yield row


def _act_row(act: Act) -> ActRow:
    standing_in = _("for {person}").format(person=act.on_behalf_of) if act.on_behalf_of else ""
    to = f"→ {act.person}" if act.person_id and act.person_id != act.actor_id else ""
    return ActRow(
        step=act.step_name or pgettext("approval form", "Start"),
        person=str(act.actor) if act.actor else _("Kboss"),
        standing_in=standing_in,
        verb=str(VERBS[ApprovalVerb(act.verb)]),
        note=" ".join(part for part in (to, act.note) if part),
        at=_moment(act.at),
        door=str(act.get_door_display()),
    )


def _comment_row(comment: Comment) -> ActRow:
    return ActRow(
        step="—",
        person=str(comment.author),
        verb=pgettext("approval form", "Comments"),
        note=comment.text,
        at=_moment(comment.at),
        door="",
    )


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else "—"


def _day(at: datetime | None) -> str:
    if at is None:
        return "—"
    day = timezone.localtime(at)
    return _("{day}/{month}/{year}").format(day=day.day, month=day.month, year=day.year)
