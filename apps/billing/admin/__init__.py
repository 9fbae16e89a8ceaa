from apps.billing.admin.bills import BillAdmin, BillItemAdmin
from apps.billing.admin.entries import EntryAdmin
from apps.billing.admin.recharges import PaymentNoticeAdmin, PayoutStopAdmin, RechargeAdmin
from apps.billing.admin.wallets import AccountAdmin, WalletBalanceAdmin

__all__ = [
    "AccountAdmin",
    "BillAdmin",
    "BillItemAdmin",
    "EntryAdmin",
    "PaymentNoticeAdmin",
    "PayoutStopAdmin",
    "RechargeAdmin",
    "WalletBalanceAdmin",
]
