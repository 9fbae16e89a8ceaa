"""What the API tells of one approval, as texts in the reader's language."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from apps.approvals import kinds, selectors
from apps.approvals.enums import StepStatus
from apps.approvals.kinds import Fact, FactKind, facts_of
from apps.approvals.models import Approval
from apps.approvals.selectors.decision import ChainItem, StepView
from apps.core.money import format_yuan
from apps.rbac.enums import UserKind
from apps.rbac.models import User


@dataclass(frozen=True)
class Told:
    facts: list[dict[str, str]]
    warnings: list[str]
    steps: list[dict[str, Any]]
    timeline: list[dict[str, Any]]
    comments: Any
    attachments: Any
    verbs: list[dict[str, Any]]

    @classmethod
    def to(cls, user: User, approval: Approval) -> "Told":
        """What `user` may know. The card is for who decides: margins are not the customer's."""
        known = selectors.decision(approval, user, now=timezone.now())
        is_staff = user.kind == UserKind.STAFF
        facts = known.card.facts if is_staff else _form_facts(approval)
        return cls(
            facts=[_fact(fact) for fact in facts],
            warnings=[str(warning) for warning in known.card.warnings] if is_staff else [],
            steps=[_step(step, is_staff=is_staff) for step in known.steps],
            timeline=[_act(item) for item in known.chain],
            comments=known.comments,
            attachments=known.attachments,
            verbs=[
                {"verb": item.verb, "is_allowed": item.is_allowed, "reason": item.why_not}
                for item in known.verbs
            ],
        )


def _form_facts(approval: Approval) -> tuple[Fact, ...]:
    return facts_of(kinds.get(approval.kind), approval.form)


def _fact(fact: Fact) -> dict[str, str]:
    is_money = fact.kind is FactKind.MONEY and fact.value != ""
    text = format_yuan(fact.value) if is_money else str(fact.value)
    return {"name": fact.name, "label": str(fact.label), "text": text}


def _step(step: StepView, *, is_staff: bool) -> dict[str, Any]:
    """Why somebody is asked is the house's affair; why a step is skipped is the applicant's too."""
    says_why = is_staff or step.status == StepStatus.SKIPPED
    return {
        "key": step.node_key,
        "name": step.name,
        "status": step.status,
        "status_label": step.status_label,
        "people": list(dict.fromkeys(person.name for person in step.people)),
        "reason": " ".join(step.reasons) if says_why else "",
    }


def _act(item: ChainItem) -> dict[str, Any]:
    return {
        "at": item.at,
        "verb": item.verb,
        "label": item.label,
        "actor": item.actor,
        "on_behalf_of": item.on_behalf_of,
        "note": item.note,
    }
