from apps.rbac.services.access import require
from apps.rbac.services.profile import update_profile
from apps.rbac.services.standard_roles import install_standard_roles, sync_standard_roles

__all__ = ["install_standard_roles", "require", "sync_standard_roles", "update_profile"]
