from apps.billing.selectors.accounts import balance_of, legs_of
from apps.billing.selectors.bills import (
    ProductSum,
    adjustments_of,
    explain_item,
    totals_by_product,
)
from apps.billing.selectors.figures import (
    entries_of_kind,
    recharged,
    revenue_by_day,
    revenue_by_month,
    revenue_of_month,
    wallet_totals,
)
from apps.billing.selectors.verification import Finding, Report, verify_ledger
from apps.billing.selectors.wallets import Wallet, has_recharged, wallet_flow, wallet_of

__all__ = [
    "Finding",
    "ProductSum",
    "Report",
    "Wallet",
    "adjustments_of",
    "balance_of",
    "entries_of_kind",
    "explain_item",
    "has_recharged",
    "legs_of",
    "recharged",
    "revenue_by_day",
    "revenue_by_month",
    "revenue_of_month",
    "totals_by_product",
    "verify_ledger",
    "wallet_flow",
    "wallet_of",
    "wallet_totals",
]
