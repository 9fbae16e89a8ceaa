"""What billing does. Other apps call these, and push charges in; billing never pulls."""

from apps.billing.chart import AccountRef, Leg, Posting, of_customer, of_tenant
from apps.billing.services.adjusting import adjust_wallet, ensure_reversible, reversible
from apps.billing.services.bills import UsageCharge, charge_usage
from apps.billing.services.charges import Payment, charge_wallet, refund_charge, refundable
from apps.billing.services.notices import receive_notice
from apps.billing.services.posting import post_entries, post_entry
from apps.billing.services.recharges import (
    ask_channel,
    confirm_recharge,
    record_bank_recharge,
    request_settlement,
    settle_recharge,
    start_recharge,
)
from apps.billing.services.verification import (
    ask_for_verification,
    ensure_payouts_run,
    lift_payout_stop,
    run_verification,
)
from apps.billing.services.wallets import grant_gift, revoke_gift, set_credit_limit

__all__ = [
    "AccountRef",
    "Leg",
    "Payment",
    "Posting",
    "UsageCharge",
    "adjust_wallet",
    "ask_channel",
    "ask_for_verification",
    "charge_usage",
    "charge_wallet",
    "confirm_recharge",
    "ensure_payouts_run",
    "ensure_reversible",
    "grant_gift",
    "lift_payout_stop",
    "of_customer",
    "of_tenant",
    "post_entries",
    "post_entry",
    "receive_notice",
    "record_bank_recharge",
    "refund_charge",
    "refundable",
    "request_settlement",
    "reversible",
    "revoke_gift",
    "run_verification",
    "set_credit_limit",
    "settle_recharge",
    "start_recharge",
]
