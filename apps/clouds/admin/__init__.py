from apps.clouds.admin.accounts import CloudAccountAdmin
from apps.clouds.admin.resources import ResourceAdmin

__all__ = ["CloudAccountAdmin", "ResourceAdmin"]
