"""Flows as versioned data: drafted, published, retired. What runs stays on its version (APR-1)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from apps.approvals import kinds
from apps.approvals.engine.graph import (
    By,
    Complaint,
    Graph,
    GraphIsMalformed,
    complaints_of,
    from_json,
)
from apps.approvals.enums import VERSION_FLOW, ApprovalPerm, VersionStatus
from apps.approvals.errors import GraphIsInvalid, VersionIsNotDraft
from apps.approvals.kinds import Kind
from apps.approvals.models import FlowDefinition, FlowVersion
from apps.approvals.models.flows import key_of
from apps.approvals.reasons import complaint
from apps.approvals.selectors.organization import holders
from apps.core import audit
from apps.core.errors import Forbidden, NotFound
from apps.rbac import services as rbac
from apps.rbac.models import Role, Tenant, User


@transaction.atomic
def create_flow(*, kind: str, tenant: Tenant | None, actor: User, now: datetime) -> FlowDefinition:
    """A tenant's own flow of a kind, with the one it has run on so far as its first draft.

    Again for the same tenant: the flow that is there.
    :raises Forbidden: for the default, unless by the platform
    """
    rbac.require(actor, ApprovalPerm.CHANGE_FLOW)
    what = kinds.get(kind)
    if tenant is not None and tenant.pk not in actor.tenant_ids and not actor.is_superuser:
        raise NotFound
    definition, is_new = _definition(kind=kind, tenant=tenant, now=now)
    _ensure_editable(definition, actor)
    if is_new:
        default = FlowDefinition.objects.filter(key=key_of(kind, None)).first()
        current = default.current if default else None
        graph = current.graph_data if current else what.default_graph.to_json()
        _add_version(definition, graph=graph, actor=actor, now=now, note="")
        audit.record(actor=actor, verb="flowdefinition.created", thing=definition)
    return definition


@transaction.atomic
def save_draft(
    *,
    definition: FlowDefinition,
    graph: Mapping[str, Any],
    actor: User,
    now: datetime,
    note: str = "",
) -> FlowVersion:
    """Keep `graph` as the draft of the flow: the one that there is, or a new version.

    :raises GraphIsInvalid: if it is no flow at all; faults of sense are found when it is published
    """
    rbac.require(actor, ApprovalPerm.CHANGE_FLOW, definition)
    definition = FlowDefinition.objects.lock(definition)
    _ensure_editable(definition, actor)
    clean = _read(definition.kind, graph).to_json()
    draft = definition.versions.filter(status=VersionStatus.DRAFT).first()
    if draft is None:
        draft = _add_version(definition, graph=clean, actor=actor, now=now, note=note)
    else:
        draft.graph_data, draft.note = clean, note[:300]
        draft.save(update_fields=["graph_data", "note"])
    audit.record(actor=actor, verb="flowversion.drafted", thing=draft, reason=note[:300])
    return draft


@transaction.atomic
def publish_version(*, version: FlowVersion, actor: User, now: datetime) -> FlowVersion:
    """Put a draft into force for what is submitted from now on.

    :raises VersionIsNotDraft: if it is published or retired
    :raises GraphIsInvalid: with every fault: money that would pass by itself, nobody named, …
    """
    rbac.require(actor, ApprovalPerm.PUBLISH_FLOW, version)
    definition = FlowDefinition.objects.lock(version.definition)
    _ensure_editable(definition, actor)
    version = FlowVersion.objects.lock(version)
    if version.status != VersionStatus.DRAFT:
        raise VersionIsNotDraft(number=version.number)
    found = complaints(kind=definition.kind, graph=version.graph_data)
    if found:
        raise GraphIsInvalid(complaints=" ".join(found))
    if definition.current is not None:
        VERSION_FLOW.move(definition.current, VersionStatus.RETIRED, actor=actor)
    VERSION_FLOW.move(
        version, VersionStatus.PUBLISHED, actor=actor, published_by=actor, published_at=now
    )
    definition.current = version
    definition.save(update_fields=["current"])
    return version


def complaints(*, kind: str, graph: Mapping[str, Any]) -> list[str]:
    """What keeps this flow from being published, as sentences. Trusted: a question."""
    what = kinds.get(kind)
    try:
        read = from_json(graph, what.types())
    except GraphIsMalformed as error:
        return [complaint(about) for about in error.complaints]
    found = complaints_of(read, types=what.types(), involves_money=what.involves_money)
    return [complaint(about) for about in [*found, *_unknown_people(read)]]


@transaction.atomic
def install_standard_flows(*, now: datetime) -> int:
    """Give every kind the default flow that it brings, where there is none; how many were new.

    Trusted: part of setting an installation up; safe to repeat, and nothing is overwritten.
    """
    return sum(_install(kind, now)[1] for kind in kinds.all_kinds())


def install_standard_flow(*, kind: Kind, now: datetime) -> FlowVersion:
    """The default flow of one kind, installed if it is missing. Trusted: as above."""
    return _install(kind, now)[0]


def _install(kind: Kind, now: datetime) -> tuple[FlowVersion, bool]:
    definition, _is_new = _definition(kind=kind.code, tenant=None, now=now)
    definition = FlowDefinition.objects.lock(definition)
    if definition.current is not None:
        return definition.current, False
    graph = kind.default_graph.to_json()
    found = complaints_of(
        _read(kind.code, graph), types=kind.types(), involves_money=kind.involves_money
    )
    if found:
        raise GraphIsInvalid(complaints=" ".join(complaint(about) for about in found))
    version = _add_version(definition, graph=graph, actor=None, now=now, note="")
    VERSION_FLOW.move(version, VersionStatus.PUBLISHED, actor=None, published_at=now)
    definition.current = version
    definition.save(update_fields=["current"])
    return version, True


def _definition(*, kind: str, tenant: Tenant | None, now: datetime) -> tuple[FlowDefinition, bool]:
    return FlowDefinition.objects.get_or_create(
        key=key_of(kind, tenant.pk if tenant else None),
        defaults={"kind": kind, "tenant": tenant, "created_at": now},
    )


def _add_version(
    definition: FlowDefinition,
    *,
    graph: dict[str, Any],
    actor: User | None,
    now: datetime,
    note: str,
) -> FlowVersion:
    last = definition.versions.aggregate(last=Max("number"))["last"] or 0
    return FlowVersion.objects.create(
        definition=definition,
        number=last + 1,
        graph_data=graph,
        note=note[:300],
        created_by=actor,
        created_at=now,
    )


def _read(kind: str, graph: Mapping[str, Any]) -> Graph:
    try:
        return from_json(graph, kinds.get(kind).types())
    except GraphIsMalformed as error:
        sentences = [complaint(about) for about in error.complaints]
        raise GraphIsInvalid(complaints=" ".join(sentences)) from error


def _ensure_editable(definition: FlowDefinition, actor: User) -> None:
    if not FlowDefinition.objects.editable_by(actor).filter(pk=definition.pk).exists():
        raise Forbidden(permission=ApprovalPerm.CHANGE_FLOW.label)


def _unknown_people(graph: Graph) -> list[Complaint]:
    """People who are not there or may not decide, and roles that do not exist."""
    named = {
        (node.key, person)
        for node in graph.nodes
        for person in (
            *(node.approvers.ids if node.approvers.by in (By.PERSON, By.CHOSEN) else ()),
            *node.on_empty_ids,
        )
    }
    able = set(
        holders(ApprovalPerm.DECIDE)
        .filter(pk__in={person for _, person in named})
        .values_list("pk", flat=True)
    )
    asked = {(node.key, code) for node in graph.nodes for code in node.approvers.roles}
    roles = set(
        Role.objects.filter(code__in={code for _, code in asked}).values_list("code", flat=True)
    )
    return [
        *(Complaint("person_unknown", key, str(p)) for key, p in sorted(named) if p not in able),
        *(Complaint("role_unknown", key, code) for key, code in sorted(asked) if code not in roles),
    ]
