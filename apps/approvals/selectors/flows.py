"""Which flow a tenant runs on, and what a form means to it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from apps.approvals import ports
from apps.approvals.engine.conditions import Facts, Types, Value, ValueType, typed
from apps.approvals.engine.graph import Graph
from apps.approvals.engine.path import Path, Request, resolve
from apps.approvals.kinds import Kind
from apps.approvals.models import FlowDefinition, FlowVersion
from apps.approvals.models.flows import key_of
from apps.approvals.selectors.organization import Organization, tenant_chain
from apps.rbac.models import Tenant, User


def flow_of(kind: str, tenant: Tenant) -> FlowVersion | None:
    """The published flow of the tenant, of the nearest one above it, or the default."""
    keys = [key_of(kind, tenant_id) for tenant_id in (*tenant_chain(tenant), None)]
    found = {
        definition.key: definition
        for definition in FlowDefinition.objects.filter(
            key__in=keys, current__isnull=False
        ).select_related("current__definition")
    }
    nearest = next((found[key] for key in keys if key in found), None)
    return nearest.current if nearest else None


def facts_for(
    kind: Kind,
    *,
    form: Mapping[str, Any],
    applicant: User,
    tenant: Tenant,
    customer_id: int | None,
    subject: tuple[str, int] | None,
) -> dict[str, str]:
    """What conditions may ask, as texts: the form, who asks, the customer, what the kind adds."""
    facts: dict[str, Any] = {
        field.name: form.get(field.name) for field in kind.fields if field.is_condition
    }
    facts |= {
        "tenant": tenant.code,
        "department": applicant.department_id,
        "applicant_kind": applicant.kind,
    }
    facts |= ports.facts_of_customer(customer_id)
    facts |= kind.context(form, customer_id, subject)
    return {name: str(value) for name, value in facts.items() if value not in (None, "")}


def typed_facts(facts: Mapping[str, str], types: Types) -> Facts:
    """The stored texts as values that can be compared; what no field declares stays out."""
    found: dict[str, Value | None] = {
        name: typed(value, types[name]) for name, value in facts.items() if name in types
    }
    return found


def path_for(
    graph: Graph,
    *,
    kind: Kind,
    facts: Mapping[str, str],
    organization: Organization,
    applicant: User,
    chosen: Mapping[str, Sequence[int]],
    barred: frozenset[int],
) -> Path:
    """The engine's answer for one request."""
    request = Request(
        facts=typed_facts(facts, kind.types()),
        applicant=applicant.pk,
        chosen={key: tuple(people) for key, people in chosen.items()},
        barred=barred,
        involves_money=kind.involves_money,
    )
    return resolve(graph, request, organization)


def amount_of(facts: Mapping[str, str]) -> Decimal | None:
    """The amount at stake, if the request has one."""
    text = facts.get("amount")
    value = typed(text, ValueType.NUMBER) if text else None
    return value if isinstance(value, Decimal) else None
