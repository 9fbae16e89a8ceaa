"""The page on which an approval is decided: facts, path, decisions so far, what may be done."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.approvals import kinds, selectors
from apps.approvals.admin import drawing, looks, verbs
from apps.approvals.enums import ApprovalPerm, ApprovalVerb, EffectStatus, TaskStatus
from apps.approvals.kinds import Fact, FactKind
from apps.approvals.models import Act, Approval
from apps.approvals.selectors.decision import ChainItem
from apps.approvals.selectors.seals import is_sealed

FIRST = ("reject", "approve")
APPLICANTS = ("withdraw", "urge")
MORE = ("transfer", "add", "send-back", "copy")


def stamp_of(approval: Approval) -> str:
    """Changes whenever the page would look different."""
    last = Act.objects.filter(approval=approval).order_by("-pk").values_list("pk", flat=True)
    return f"{approval.status}-{approval.effect}-{last.first() or 0}"


def page_of(request: HttpRequest, approval: Approval) -> dict[str, Any]:
    """All that the page shows to this person."""
    told = selectors.decision(approval, request.user, now=timezone.now())
    return {
        "approval": approval,
        "stamp": stamp_of(approval),
        "kind": selectors.kind_label(approval.kind),
        "status": {
            "label": approval.get_status_display(),
            "tone": looks.STATUS_TONES.get(approval.status, looks.DRAFT),
        },
        "applicant": approval.applicant,
        "started_at": approval.started_at,
        "amount": looks.amount_of(approval),
        "holders": _holders(told),
        "warnings": [*told.card.warnings, *_problems(approval)],
        "facts": [_fact(fact) for fact in told.card.facts],
        "form": _form(approval, told.card.facts),
        "changes": told.card.changes,
        "flow": drawing.course(approval, told.steps),
        "chain": [_act(item) for item in told.chain if item.verb != ApprovalVerb.COMMENT],
        "comments": told.comments,
        "is_sealed": is_sealed(approval),
        "attachments": [_file(approval, file) for file in told.attachments],
        "may_comment": told.may(ApprovalVerb.COMMENT),
        "may_attach": told.may(ApprovalVerb.ATTACH),
        "verbs": _verbs(request, approval, told),
    }


def _holders(told: selectors.Decision) -> list[str]:
    """Whom it waits for."""
    people = [person for step in told.steps for person in step.people]
    return list(dict.fromkeys(p.name for p in people if p.status == TaskStatus.OPEN))


def _problems(approval: Approval) -> list[str]:
    if approval.effect != EffectStatus.HELD:
        return []
    held = _("Approved, but it could not be carried out: %(why)s")
    return [held % {"why": approval.effect_problem}]


def _fact(fact: Fact) -> dict[str, Any]:
    is_link = fact.kind is FactKind.LINK
    return {
        "label": fact.label,
        "text": _("Open") if is_link else looks.fact_text(fact),
        "kind": fact.kind,
        "link": str(fact.value) if is_link else "",
    }


def _form(approval: Approval, shown: Iterable[Fact]) -> list[dict[str, Any]]:
    """What the applicant filled in, where the card does not say it already."""
    said = {fact.name for fact in shown}
    facts = kinds.facts_of(kinds.get(approval.kind), approval.form)
    return [_fact(fact) for fact in facts if fact.name not in said]


def _act(item: ChainItem) -> dict[str, Any]:
    return {
        "label": item.label,
        "tone": looks.VERB_TONES.get(ApprovalVerb(item.verb), looks.DRAFT),
        "who": f"{item.actor} → {item.person}" if item.person else item.actor,
        "behalf": item.on_behalf_of,
        "step": item.step,
        "note": item.note,
        "at": item.at,
        "door": item.door,
    }


def _file(approval: Approval, file: Any) -> dict[str, Any]:
    return {
        "name": file.name,
        "size": file.size,
        "who": file.uploaded_by,
        "link": reverse("admin:approvals_approval_file", args=[approval.pk, file.pk]),
    }


def _verbs(request: HttpRequest, approval: Approval, told: selectors.Decision) -> dict[str, Any]:
    """The bar: decisions for approvers, withdrawal and urging for the applicant, the rest behind
    “more”. What may not be done is there, grey, with the reason."""
    allowed = {item.verb: item for item in told.verbs}
    first = _first(request, approval, told)
    rest = [name for name in (*FIRST, *MORE, *APPLICANTS) if name not in first]
    if approval.applicant_id == request.user.pk and first != FIRST:
        rest = [name for name in rest if name not in FIRST]  # it is his request: nobody asks him
    shown = {name: _verb(name, request, approval, allowed) for name in (*first, *rest)}
    if approval.effect == EffectStatus.HELD and request.user.has_perm(ApprovalPerm.RUN_EFFECT):
        shown["repeat"] = _verb("repeat", request, approval, allowed)
        first = ("repeat",)
    whys = dict.fromkeys(shown[name]["why"] for name in first if shown[name]["why"])
    return {
        "first": [shown[name] for name in first],
        "more": [shown[name] for name in rest],
        "open": [verb for verb in shown.values() if not verb["why"]],
        "why": " ".join(whys),
    }


def _first(request: HttpRequest, approval: Approval, told: selectors.Decision) -> tuple[str, ...]:
    """What this person came for; when it is decided, nothing any more."""
    if not approval.is_running:
        return ()
    if told.may(ApprovalVerb.RESUBMIT):
        return ("withdraw", "resubmit")
    is_asked = told.may(ApprovalVerb.APPROVE)  # the applicant too, where a flow allows it
    return APPLICANTS if approval.applicant_id == request.user.pk and not is_asked else FIRST


def _verb(
    name: str, request: HttpRequest, approval: Approval, allowed: dict[str, Any]
) -> dict[str, Any]:
    kind, verb = verbs.FORMS[name]
    item = allowed.get(str(verb))
    why = item.why_not if item else ""
    form = None
    if not why:
        form = verbs.form_of(name, request, approval, auto_id=f"ka-{name}-%s")
    return {
        "code": name,
        "label": kind.label,
        "help": kind.help,
        "look": kind.look,
        "why": why,
        "form": form,
    }
