from apps.core.events import on
from apps.products import tasks
from apps.products.events import PriceChangesApproved, VouchersToIssue


@on(VouchersToIssue)
def hand_out_vouchers(event: VouchersToIssue) -> None:
    tasks.issue_vouchers.delay(issue_id=event.issue_id)


@on(PriceChangesApproved)
def apply_price_changes(event: PriceChangesApproved) -> None:
    tasks.apply_price_changes.delay()
