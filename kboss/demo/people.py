"""Tenants, departments and staff of the demo."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password

from apps.rbac.enums import TenantKind, UserKind
from apps.rbac.models import Department, Role, Tenant, User, UserRole
from apps.rbac.services import install_standard_roles
from kboss.demo import PASSWORD

STAFF = (
    # e-mail, name, department, roles
    ("boss@kboss.example", "周岚", "总经办", "*"),
    ("operations@kboss.example", "吴越", "运营部", "operations"),
    ("finance@kboss.example", "郑宁", "财务部", "finance"),
    ("sales-manager@kboss.example", "王川", "销售部", "sales-manager"),
    ("sales@kboss.example", "冯溪", "华北组", "sales"),
    ("sales2@kboss.example", "陈屿", "华南组", "sales"),
    ("support@kboss.example", "褚晴", "客服部", "support"),
    ("auditor@kboss.example", "卫衡", "总经办", "auditor"),
    ("administrator@kboss.example", "蒋一", "总经办", "administrator"),
)
DEPARTMENTS = {
    "总经办": (),
    "运营部": (),
    "财务部": (),
    "销售部": ("华北组", "华南组"),
    "客服部": (),
}
DISTRIBUTORS = (
    ("east", "华东渠道（示例）", "east@channel.example", "沈舟"),
    ("south", "华南渠道（示例）", "south@channel.example", "韩枫"),
)
BOSS_ROLES = (
    "administrator",
    "operations",
    "finance",
    "sales-manager",
    "support",
    "auditor",
)


@dataclass(frozen=True)
class Company:
    """Who is there: the platform, its distributors, and its staff by e-mail."""

    platform: Tenant
    distributors: tuple[Tenant, ...]
    staff: dict[str, User]

    @property
    def boss(self) -> User:
        return self.staff["boss@kboss.example"]

    def sellers(self, tenant: Tenant) -> list[User]:
        """Who owns the customers of a tenant."""
        if tenant == self.platform:
            return [self.staff["sales@kboss.example"], self.staff["sales2@kboss.example"]]
        return [user for user in self.staff.values() if user.tenant_id == tenant.pk]


def load_people() -> Company:
    """The demo's organization."""
    install_standard_roles()
    platform = Tenant.objects.add_root(
        {"code": "platform", "name": "云帆算力（示例）", "kind": TenantKind.PLATFORM}
    )
    departments = _departments(platform)
    staff = {}
    hashed = make_password(PASSWORD)  # once: hashing forty times would take seconds
    for number, (email, name, department, roles) in enumerate(STAFF):
        user = new_user(
            email=email,
            name=name,
            phone=f"+861380000{number:04d}",
            tenant=platform,
            hashed=hashed,
            kind=UserKind.STAFF,
            department=departments[department],
        )
        give(user, *(BOSS_ROLES if roles == "*" else (roles,)))
        staff[email] = user
    distributors = []
    for number, (code, name, email, person) in enumerate(DISTRIBUTORS):
        tenant = Tenant.objects.add_child(
            platform, {"code": code, "name": name, "kind": TenantKind.DISTRIBUTOR}
        )
        distributors.append(tenant)
        user = new_user(
            email=email,
            name=person,
            phone=f"+861390000{number:04d}",
            tenant=tenant,
            hashed=hashed,
            kind=UserKind.STAFF,
        )
        give(user, "sales-manager", "finance")
        staff[email] = user
    return Company(platform=platform, distributors=tuple(distributors), staff=staff)


def _departments(platform: Tenant) -> dict[str, Department]:
    found = {}
    for name, below in DEPARTMENTS.items():
        found[name] = Department.objects.add_root({"tenant": platform, "name": name})
        for child in below:
            parent = Department.objects.get(pk=found[name].pk)
            found[child] = Department.objects.add_child(parent, {"tenant": platform, "name": child})
    return found


def new_user(
    *,
    email: str,
    name: str,
    phone: str,
    tenant: Tenant,
    hashed: str,
    kind: UserKind,
    department: Department | None = None,
) -> User:
    """A person whose e-mail address and mobile number are verified."""
    user: User = User.objects.create(
        email=email,
        display_name=name,
        phone=phone,
        tenant=tenant,
        password=hashed,
        kind=kind,
        department=department,
    )
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def give(user: User, *codes: str) -> None:
    """Roles of a new user, as the second person would have granted them."""
    for code in codes:
        UserRole.objects.create(user=user, role=Role.objects.get(code=code))
