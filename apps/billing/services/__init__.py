"""What billing does. Other apps call these, and push charges in; billing never pulls."""

from apps.billing.bill_lines import NewLine, UsageCharge
from apps.billing.chart import AccountRef, Leg, Posting, of_customer, of_tenant
from apps.billing.services.adjusting import adjust_wallet, ensure_reversible, reversible
from apps.billing.services.bills import charge_usage, preview_usage
from apps.billing.services.charges import Payment, charge_wallet, refundable
from apps.billing.services.gifts import gifts_taken_back_by, give_gift, grant_gift, revoke_gift
from apps.billing.services.notices import receive_notice
from apps.billing.services.posting import post_entries, post_entry
from apps.billing.services.recharges import (
    ask_channel,
    confirm_recharge,
    credit_transfer,
    is_reference_used,
    record_bank_recharge,
    request_settlement,
    settle_recharge,
    start_recharge,
)
from apps.billing.services.refunds import refund_charge
from apps.billing.services.requests import (
    request_adjustment,
    request_credit_limit,
    request_invoice,
    request_offline_recharge,
    request_supplier_settlement,
    request_withdrawal,
)
from apps.billing.services.verification import (
    ask_for_verification,
    ensure_payouts_run,
    lift_payout_stop,
    run_verification,
)
from apps.billing.services.wallets import apply_credit_limit, set_credit_limit

__all__ = [
    "AccountRef",
    "Leg",
    "NewLine",
    "Payment",
    "Posting",
    "UsageCharge",
    "adjust_wallet",
    "apply_credit_limit",
    "ask_channel",
    "ask_for_verification",
    "charge_usage",
    "charge_wallet",
    "confirm_recharge",
    "credit_transfer",
    "ensure_payouts_run",
    "ensure_reversible",
    "gifts_taken_back_by",
    "give_gift",
    "grant_gift",
    "is_reference_used",
    "lift_payout_stop",
    "of_customer",
    "of_tenant",
    "post_entries",
    "post_entry",
    "preview_usage",
    "receive_notice",
    "record_bank_recharge",
    "refund_charge",
    "refundable",
    "request_adjustment",
    "request_credit_limit",
    "request_invoice",
    "request_offline_recharge",
    "request_settlement",
    "request_supplier_settlement",
    "request_withdrawal",
    "reversible",
    "revoke_gift",
    "run_verification",
    "set_credit_limit",
    "settle_recharge",
    "start_recharge",
]
