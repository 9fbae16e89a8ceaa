"""Vouchers: made in batches, handed out, used once."""

from apps.products.services.vouchers.batches import (
    approve_batch,
    close_batch,
    note_batch_edit,
    open_batch,
    request_batch,
    return_batch,
)
from apps.products.services.vouchers.handing_out import (
    issue_voucher,
    make_codes,
    redeem_code,
    run_issue,
    start_issue,
    waiting_issues,
)
from apps.products.services.vouchers.lives import (
    expire_vouchers,
    release_vouchers,
    remind_of_vouchers,
    reserve_vouchers,
    use_vouchers,
    void_voucher,
)

__all__ = [
    "approve_batch",
    "close_batch",
    "expire_vouchers",
    "issue_voucher",
    "make_codes",
    "note_batch_edit",
    "open_batch",
    "redeem_code",
    "release_vouchers",
    "remind_of_vouchers",
    "request_batch",
    "reserve_vouchers",
    "return_batch",
    "run_issue",
    "start_issue",
    "use_vouchers",
    "void_voucher",
    "waiting_issues",
]
