from apps.clouds.services.accounts import (
    account_for,
    adapter_of,
    download_bill,
    test_connection,
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
    "request_release",
    "request_sync",
    "settle_unknown",
    "sync_account",
    "sync_resource",
    "test_connection",
]
