from apps.billing.models.bills import Bill, BillItem
from apps.billing.models.ledger import Account, Entry, Transfer, WalletBalance
from apps.billing.models.lots import Lot, LotUse
from apps.billing.models.recharges import PaymentNotice, Recharge
from apps.billing.models.verification import PayoutStop

__all__ = [
    "Account",
    "Bill",
    "BillItem",
    "Entry",
    "Lot",
    "LotUse",
    "PaymentNotice",
    "PayoutStop",
    "Recharge",
    "Transfer",
    "WalletBalance",
]
