"""Who is who, as the engine asks for it: superiors, heads, roles, and who may decide."""

from collections.abc import Iterable, Sequence

from django.db.models import Q, QuerySet

from apps.approvals.engine.path import Person
from apps.approvals.enums import ApprovalPerm
from apps.rbac.enums import UserKind
from apps.rbac.models import Department, Tenant, User

type Row = tuple[int, str, int | None]


def holders(permission: str) -> QuerySet[User]:
    """Active staff who hold `permission` by a role, or as superusers."""
    app_label, codename = permission.split(".")
    by_role = User.objects.filter(
        roles__role_permissions__permission__codename=codename,
        roles__role_permissions__permission__content_type__app_label=app_label,
    ).values("pk")
    staff: QuerySet[User] = User.objects.filter(is_active=True, kind=UserKind.STAFF)
    return staff.filter(Q(is_superuser=True) | Q(pk__in=by_role))


def tenant_chain(tenant: Tenant) -> list[int]:
    """The tenant and those above it, the nearest first."""
    above = Tenant.objects.get_ancestors(tenant).values_list("pk", flat=True)
    return [tenant.pk, *reversed(above)]


def deciders(tenant: Tenant) -> QuerySet[User]:
    """Who may be an approver for `tenant`: its own staff and that of the tenants above it."""
    return holders(ApprovalPerm.DECIDE).filter(tenant__in=tenant_chain(tenant))


class Organization:
    """The engine's directory for one applicant in one tenant. Reads each fact once."""

    def __init__(self, *, applicant: User, tenant: Tenant) -> None:
        self._applicant, self._tenant = applicant, tenant
        self._chain = tenant_chain(tenant)
        self._people: dict[int, tuple[Person, int | None] | None] = {}

    def person(self, person_id: int) -> Person | None:
        found = self._known(person_id)
        return found[0] if found else None

    def people(self, ids: Iterable[int]) -> list[Person]:
        return [person for person in map(self.person, ids) if person]

    def superior(self, person_id: int) -> Person | None:
        found = self._known(person_id)
        superior_id = found[1] if found else None
        return self.person(superior_id) if superior_id else None

    def with_roles(self, codes: Sequence[str]) -> list[Person]:
        """Those of the tenant; where it has none, those of the nearest tenant above."""
        return self._nearest(holders(ApprovalPerm.DECIDE).filter(roles__code__in=codes))

    def department_head(self, level: int) -> Person | None:
        department = self._applicant.department
        for _ in range(level - 1):
            department = self._parent(department)
        head_id = department.head_id if department else None
        return self.person(head_id) if head_id else None

    def administrators(self) -> list[Person]:
        last_resort = holders(ApprovalPerm.ADMINISTER).values("pk")
        return self._nearest(holders(ApprovalPerm.DECIDE).filter(pk__in=last_resort))

    def _parent(self, department: Department | None) -> Department | None:
        if department is None:
            return None
        parent: Department | None = Department.objects.get_parent(department)
        return parent

    def _nearest(self, users: QuerySet[User]) -> list[Person]:
        rows = users.filter(tenant__in=self._chain).order_by("pk").distinct()
        found = [(u.tenant_id, Person(u.pk, str(u))) for u in rows]
        for tenant_id in self._chain:
            people = [person for its, person in found if its == tenant_id]
            if people:
                return people
        return []

    def _known(self, person_id: int) -> tuple[Person, int | None] | None:
        if person_id not in self._people:
            user = User.objects.filter(pk=person_id).first()
            if user is None:
                self._people[person_id] = None
            else:
                is_able = deciders(self._tenant).filter(pk=person_id).exists()
                person = Person(user.pk, str(user), is_able)
                self._people[person_id] = (person, user.superior_id)
        return self._people[person_id]
