from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class UserKind(models.TextChoices):
    STAFF = "staff", _("Staff")
    PORTAL = "portal", _("Portal user")


class TenantKind(models.TextChoices):
    PLATFORM = "platform", _("Platform")
    DISTRIBUTOR = "distributor", _("Distributor")


class DataScope(models.TextChoices):
    """Which rows of his tenant a role shows to its holder."""

    ALL = "all", _("All data")
    CHOSEN = "chosen", _("Chosen departments")
    DEPARTMENT = "department", _("Own department")
    DEPARTMENT_AND_BELOW = "department_and_below", _("Own department and below")
    OWN = "own", _("Only mine")


class RbacPerm(models.TextChoices):
    VIEW_USER = "rbac.view_user", _("view users")
    CHANGE_USER = "rbac.change_user", _("edit users")
    ADD_USER = "rbac.add_user", _("add users")
    VIEW_ROLE = "rbac.view_role", _("view roles")
    VIEW_DEPARTMENT = "rbac.view_department", _("view departments")
    VIEW_TENANT = "rbac.view_tenant", _("view tenants")
    VIEW_AUDIT = "core.view_auditentry", _("view the audit log")
    CHANGE_DEPARTMENT = "rbac.change_department", _("edit departments")
    ADD_DEPARTMENT = "rbac.add_department", _("add departments")
    ADD_ROLE = "rbac.add_role", _("add roles")
    CHANGE_ROLE = "rbac.change_role", _("edit roles")
    VIEW_GRANT = "rbac.view_rolegrant", _("view role grants")
    REQUEST_GRANT = "rbac.request_rolegrant", _("request roles for users")
    DECIDE_GRANT = "rbac.decide_rolegrant", _("decide on roles for users")
    VIEW_PERMISSION_CHANGE = (
        "rbac.view_rolepermissionchange",
        _("view changes of roles' permissions"),
    )
    REQUEST_PERMISSION_CHANGE = (
        "rbac.request_rolepermissionchange",
        _("request changes of roles' permissions"),
    )
    DECIDE_PERMISSION_CHANGE = (
        "rbac.decide_rolepermissionchange",
        _("decide on changes of roles' permissions"),
    )
    VIEW_SIGN_IN = "rbac.view_signinevent", _("view sign-ins")
    VIEW_DEVICE = "rbac.view_knowndevice", _("view known devices")
    VIEW_TOKEN = "rbac.view_apitoken", _("view API tokens")
    REVOKE_TOKEN = "rbac.delete_apitoken", _("revoke API tokens")


class SignInOutcome(models.TextChoices):
    SUCCESS = "success", _("Signed in")
    FAILURE = "failure", _("Refused")


class SignInReason(models.TextChoices):
    """Why a try was refused. The person is never told which."""

    UNKNOWN_ACCOUNT = "unknown_account", _("No such account")
    WRONG_PASSWORD = "wrong_password", _("Wrong password")
    WRONG_CODE = "wrong_code", _("Wrong second factor")
    TOO_MANY_TRIES = "too_many_tries", _("Too many tries")
    INACTIVE = "inactive", _("Account disabled")
    TENANT_INACTIVE = "tenant_inactive", _("Tenant switched off")


class ChangeKind(models.TextChoices):
    ADD = "add", _("Grant")
    REMOVE = "remove", _("Revoke")


class RequestStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for a decision")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_REQUEST_EDGES: dict[str, set[str]] = {
    RequestStatus.PENDING: {
        RequestStatus.APPROVED,
        RequestStatus.REJECTED,
        RequestStatus.WITHDRAWN,
    },
    RequestStatus.APPROVED: set(),
    RequestStatus.REJECTED: set(),
    RequestStatus.WITHDRAWN: set(),
}
ROLE_GRANT_FLOW = Flow("rbac.RoleGrant", _REQUEST_EDGES)
PERMISSION_CHANGE_FLOW = Flow("rbac.RolePermissionChange", _REQUEST_EDGES)


STANDARD_ROLES: dict[str, tuple[object, str, str]] = {
    "administrator": (_("System administrator"), UserKind.STAFF, DataScope.ALL),
    "operations": (_("Operations"), UserKind.STAFF, DataScope.ALL),
    "finance": (_("Finance"), UserKind.STAFF, DataScope.ALL),
    "sales-manager": (_("Sales manager"), UserKind.STAFF, DataScope.DEPARTMENT_AND_BELOW),
    "sales": (_("Sales"), UserKind.STAFF, DataScope.OWN),
    "support": (_("Support"), UserKind.STAFF, DataScope.ALL),
    "auditor": (_("Auditor"), UserKind.STAFF, DataScope.ALL),
    "portal-owner": (_("Account owner"), UserKind.PORTAL, DataScope.ALL),
    "portal-finance": (_("Customer finance"), UserKind.PORTAL, DataScope.ALL),
    "portal-technician": (_("Customer technician"), UserKind.PORTAL, DataScope.ALL),
}

STANDARD_GRANTS: dict[str, list[str]] = {
    "administrator": [
        RbacPerm.VIEW_USER,
        RbacPerm.CHANGE_USER,
        RbacPerm.ADD_USER,
        RbacPerm.VIEW_ROLE,
        RbacPerm.VIEW_DEPARTMENT,
        RbacPerm.VIEW_TENANT,
        RbacPerm.CHANGE_DEPARTMENT,
        RbacPerm.ADD_DEPARTMENT,
        RbacPerm.ADD_ROLE,
        RbacPerm.CHANGE_ROLE,
        RbacPerm.VIEW_GRANT,
        RbacPerm.REQUEST_GRANT,
        RbacPerm.DECIDE_GRANT,
        RbacPerm.VIEW_PERMISSION_CHANGE,
        RbacPerm.REQUEST_PERMISSION_CHANGE,
        RbacPerm.DECIDE_PERMISSION_CHANGE,
        RbacPerm.VIEW_SIGN_IN,
        RbacPerm.VIEW_DEVICE,
        RbacPerm.VIEW_TOKEN,
        RbacPerm.REVOKE_TOKEN,
    ],
    "auditor": [
        RbacPerm.VIEW_USER,
        RbacPerm.VIEW_ROLE,
        RbacPerm.VIEW_DEPARTMENT,
        RbacPerm.VIEW_TENANT,
        RbacPerm.VIEW_AUDIT,
        RbacPerm.VIEW_GRANT,
        RbacPerm.VIEW_PERMISSION_CHANGE,
        RbacPerm.VIEW_SIGN_IN,
        RbacPerm.VIEW_DEVICE,
        RbacPerm.VIEW_TOKEN,
    ],
    "operations": [RbacPerm.VIEW_USER, RbacPerm.VIEW_DEPARTMENT, RbacPerm.VIEW_TENANT],
    "sales": [RbacPerm.VIEW_DEPARTMENT],
    "sales-manager": [RbacPerm.VIEW_USER, RbacPerm.VIEW_DEPARTMENT],
}
