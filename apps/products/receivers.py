from apps.core.events import on
from apps.products import tasks
from apps.products.events import VouchersToIssue


@on(VouchersToIssue)
def hand_out_vouchers(event: VouchersToIssue) -> None:
    tasks.issue_vouchers.delay(issue_id=event.issue_id)
