"""The daily proof that no fen is missing, and what happens when one is."""

from datetime import datetime

from django.db import transaction

from apps.billing.enums import LedgerPerm
from apps.billing.errors import PayoutsAreStopped
from apps.billing.models import PayoutStop
from apps.billing.selectors import Report, verify_ledger
from apps.core import audit
from apps.rbac import services as rbac
from apps.rbac.models import User


def run_verification(*, now: datetime) -> Report:
    """Recompute the whole ledger; stop payouts if anything differs.

    Trusted: runs daily as the system.
    """
    report = verify_ledger()
    if not report.is_clean:
        with transaction.atomic():
            _stop_payouts(report, now)
    return report


def ask_for_verification(*, actor: User, now: datetime) -> Report:
    """Recompute the whole ledger now, because somebody asks."""
    rbac.require(actor, LedgerPerm.VERIFY)
    return run_verification(now=now)


@transaction.atomic
def lift_payout_stop(*, stop: PayoutStop, actor: User, now: datetime) -> PayoutStop:
    """Let payouts go on, once the books agree again.

    :raises PayoutsAreStopped: if they still differ
    """
    rbac.require(actor, LedgerPerm.VERIFY, stop)
    stop = PayoutStop.objects.lock(stop)
    if not verify_ledger().is_clean:
        raise PayoutsAreStopped
    stop.lifted_at = now
    stop.save(update_fields=["lifted_at"])
    audit.record(actor=actor, verb="payouts.resumed", thing=stop)
    return stop


def ensure_payouts_run() -> None:
    """Asked before any money leaves the house.

    Trusted: reads.
    :raises PayoutsAreStopped: while a difference is open
    """
    if PayoutStop.objects.in_force().exists():
        raise PayoutsAreStopped


def _stop_payouts(report: Report, now: datetime) -> None:
    findings = [finding.as_json() for finding in report.findings[:100]]
    stop = PayoutStop.objects.in_force().select_for_update().first()
    if stop is None:
        stop = PayoutStop.objects.create(raised_at=now, findings=findings)
        audit.record(actor=None, verb="payouts.stopped", thing=stop, findings=findings)
    else:
        stop.findings = findings
        stop.save(update_fields=["findings"])
