from apps.clouds.tasks.resources import expire_resources, sync_accounts, sync_resource

__all__ = ["expire_resources", "sync_accounts", "sync_resource"]
