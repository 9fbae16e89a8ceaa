from apps.core.events import on
from apps.products import tasks
from apps.products.events import (
    CatalogueImportRequested,
    DryRunRequested,
    PriceChangesApproved,
    VouchersToIssue,
)


@on(VouchersToIssue)
def hand_out_vouchers(event: VouchersToIssue) -> None:
    tasks.issue_vouchers.delay(issue_id=event.issue_id)


@on(PriceChangesApproved)
def apply_price_changes(event: PriceChangesApproved) -> None:
    tasks.apply_price_changes.delay()


@on(DryRunRequested)
def try_rules(event: DryRunRequested) -> None:
    tasks.run_dry_run.delay(dry_run_id=event.dry_run_id)


@on(CatalogueImportRequested)
def run_import(event: CatalogueImportRequested) -> None:
    tasks.run_catalogue_import.delay(import_id=event.import_id)
