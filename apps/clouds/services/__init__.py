from apps.clouds.services.accounts import (
    account_for,
    adapter_of,
    download_bill,
    test_connection,
)
from apps.clouds.services.price_syncs import (
    request_price_sync,
    run_price_sync,
    start_price_syncs,
    waiting_price_syncs,
)
from apps.clouds.services.releasing import (
    carry_out_release,
    due_releases,
    is_releasable,
    request_release,
)
from apps.clouds.services.rerating import ask_for_rerating
from apps.clouds.services.resources import (
    activate_resource,
    create_resource,
    describe,
    fail_resource,
    provision,
    release,
    release_resource,
    request_sync,
    settle_unknown,
)
from apps.clouds.services.syncing import confirm_released, expire_due, sync_account, sync_resource

__all__ = [
    "account_for",
    "activate_resource",
    "adapter_of",
    "ask_for_rerating",
    "carry_out_release",
    "confirm_released",
    "create_resource",
    "describe",
    "download_bill",
    "due_releases",
    "expire_due",
    "fail_resource",
    "is_releasable",
    "provision",
    "release",
    "release_resource",
    "request_price_sync",
    "request_release",
    "request_sync",
    "run_price_sync",
    "settle_unknown",
    "start_price_syncs",
    "sync_account",
    "sync_resource",
    "test_connection",
    "waiting_price_syncs",
]
