"""The people, roles, fields and values that a flow may speak of, by name."""

from collections.abc import Mapping

from django_stubs_ext import StrOrPromise

from apps.approvals import kinds
from apps.approvals.admin.flow_forms import Vocabulary
from apps.approvals.admin.words import STANDARD_FIELDS, Names, ids_in
from apps.approvals.engine.graph import Graph
from apps.approvals.kinds import FieldType, Kind
from apps.approvals.models import FlowDefinition
from apps.approvals.selectors.organization import deciders
from apps.rbac.enums import TenantKind, UserKind
from apps.rbac.models import Department, Role, Tenant, User


def vocabulary_of(definition: FlowDefinition, graph: Graph | None = None) -> Vocabulary:
    """What may be chosen in this flow; whom it names already is there, too."""
    tenant = definition.tenant or platform()
    kind = kinds.get(definition.kind)
    people = {user.pk: str(user) for user in deciders(tenant).distinct()}
    named = ids_in(graph.nodes) - set(people) if graph else set()
    people |= {user.pk: str(user) for user in User.objects.filter(pk__in=named)}
    return Vocabulary(names=names_of(kind, tenant, people), types=kind.types())


def names_of(kind: Kind, tenant: Tenant, people: Mapping[int, str]) -> Names:
    """How the ids in a flow of this kind are called, in this tenant."""
    fields: dict[str, StrOrPromise] = {**STANDARD_FIELDS}
    fields |= {field.name: field.label for field in kind.fields if field.is_condition}
    values: dict[str, Mapping[str, StrOrPromise]] = {
        field.name: dict(field.choices) for field in kind.fields if field.type is FieldType.CHOICE
    }
    subtree = Tenant.objects.filter(path__startswith=tenant.path)
    values |= {
        "tenant": {one.code: one.name for one in subtree},
        "department": {str(one.pk): one.name for one in Department.objects.filter(tenant=tenant)},
        "applicant_kind": dict(UserKind.choices),
    }
    return Names(people=people, roles=role_names(tenant), fields=fields, values=values)


def role_names(tenant: Tenant) -> dict[str, str]:
    """The roles of staff that the tenant has: the standard ones, and its own."""
    roles = Role.objects.filter(kind=UserKind.STAFF)
    return {role.code: str(role) for role in roles if role.tenant_id in (None, tenant.pk)}


def platform() -> Tenant:
    tenant: Tenant = Tenant.objects.filter(kind=TenantKind.PLATFORM).get()
    return tenant
