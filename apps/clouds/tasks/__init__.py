from apps.clouds.tasks.bills import (
    rate_due_months,
    rerate_usage,
    run_bill_import,
    sweep_bill_imports,
)
from apps.clouds.tasks.prices import run_price_sync, start_price_syncs, sweep_price_syncs
from apps.clouds.tasks.resources import (
    expire_resources,
    release_approved,
    release_due,
    sync_accounts,
    sync_resource,
)

__all__ = [
    "expire_resources",
    "rate_due_months",
    "release_approved",
    "release_due",
    "rerate_usage",
    "run_bill_import",
    "run_price_sync",
    "start_price_syncs",
    "sweep_bill_imports",
    "sweep_price_syncs",
    "sync_accounts",
    "sync_resource",
]
