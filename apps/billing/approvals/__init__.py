"""What approval means to billing; imported when the app starts."""

from apps.approvals.kinds import register
from apps.billing.approvals.credit import CreditLimit
from apps.billing.approvals.ledger import Adjustment, OfflineRecharge
from apps.billing.approvals.payments import Invoice, SupplierSettlement, Withdrawal

for kind in (
    CreditLimit(),
    Adjustment(),
    OfflineRecharge(),
    Invoice(),
    Withdrawal(),
    SupplierSettlement(),
):
    register(kind)
