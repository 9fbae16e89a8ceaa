"""For this form the path is … (APR-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.approvals import kinds
from apps.approvals.engine.graph import Graph, GraphIsMalformed, from_json
from apps.approvals.engine.path import PathNode
from apps.approvals.errors import GraphIsInvalid
from apps.approvals.forms import clean_form
from apps.approvals.reasons import complaint, mode_label, sentence
from apps.approvals.selectors.flows import facts_for, flow_of, path_for
from apps.approvals.selectors.organization import Organization
from apps.rbac.models import Tenant, User


@dataclass(frozen=True)
class SimulatedNode:
    """One node: who would be asked, and why."""

    key: str
    name: str
    type: str
    outcome: str  # asked | skipped | copied | rejected | stuck
    people: list[str]
    reasons: list[str]
    mode: str
    mode_label: str


def simulate(
    *,
    kind: str,
    form: Mapping[str, Any],
    applicant: User,
    tenant: Tenant | None = None,
    customer_id: int | None = None,
    subject: tuple[str, int] | None = None,
    chosen: Mapping[str, Sequence[int]] | None = None,
    graph: Mapping[str, Any] | None = None,
) -> list[SimulatedNode]:
    """The way that a request would take: on the flow in force, or on a draft (`graph`).

    :raises KindIsUnknown: if no app registered the kind
    :raises FormIsInvalid: with a sentence for each field
    :raises GraphIsInvalid: if the draft is no flow
    """
    what = kinds.get(kind)
    tenant = tenant or applicant.tenant
    clean = clean_form(kind=what, form=form)
    facts = facts_for(
        what,
        form=clean,
        applicant=applicant,
        tenant=tenant,
        customer_id=customer_id,
        subject=subject,
    )
    path = path_for(
        _graph(what, tenant, graph),
        kind=what,
        facts=facts,
        organization=Organization(applicant=applicant, tenant=tenant),
        applicant=applicant,
        chosen=chosen or {},
        barred=frozenset(),
    )
    return [_simulated(node) for node in path.nodes]


def _graph(kind: kinds.Kind, tenant: Tenant, draft: Mapping[str, Any] | None) -> Graph:
    if draft is not None:
        try:
            return from_json(draft, kind.types())
        except GraphIsMalformed as error:
            sentences = [complaint(about) for about in error.complaints]
            raise GraphIsInvalid(complaints=" ".join(sentences)) from error
    version = flow_of(kind.code, tenant)
    return version.graph if version else kind.default_graph


def _simulated(step: PathNode) -> SimulatedNode:
    return SimulatedNode(
        key=step.node.key,
        name=step.node.name,
        type=str(step.node.type),
        outcome=str(step.outcome),
        people=[person.name for person in step.people],
        reasons=[sentence(reason) for reason in step.reasons],
        mode=str(step.mode),
        mode_label=mode_label(step.mode),
    )
