"""A rule tried on the orders of the last 90 days, before it goes live (PRC-3)."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import groupby

from django.apps import apps
from django.db import transaction
from django.db.models import Q

from apps.core import audit
from apps.core.errors import DomainError
from apps.core.events import publish
from apps.core.retry import retry_txn
from apps.customers.models import Customer
from apps.products import ports
from apps.products.agreement_enums import DRY_RUN_FLOW, ContractPerm, DryRunStatus
from apps.products.agreement_errors import NothingToTry
from apps.products.events import DryRunRequested
from apps.products.models import RuleDryRun
from apps.products.rule_subjects import Trial, trial_of
from apps.products.selectors.trying import Tally, TrialRun
from apps.rbac import services as rbac
from apps.rbac.models import User

HISTORY = timedelta(days=90)
LEASE = timedelta(minutes=5)
BATCH = 25  # orders between two looks at the clock
type Clock = Callable[[], datetime]


@transaction.atomic
def start_dry_run(*, subject: tuple[str, int], actor: User, now: datetime) -> RuleDryRun:
    """Ask what the rules of the subject would have cost; a job works it out.

    :raises NothingToTry: if it has no rules
    """
    trial = trial_of(*subject)
    if trial is None or not trial.rules:
        raise NothingToTry
    thing = apps.get_model(subject[0])._default_manager.get(pk=subject[1])
    rbac.require(actor, ContractPerm.DRY_RUN, thing)
    run = RuleDryRun.objects.create(
        tenant=trial.tenant,
        subject=subject[0],
        subject_pk=subject[1],
        subject_name=trial.name[:200],
        fingerprint=trial.fingerprint,
        since=now - HISTORY,
        until=now,
        started_by=actor,
        created_at=now,
    )
    audit.record(actor=actor, verb="ruledryrun.started", thing=run)
    publish(DryRunRequested(dry_run_id=run.pk))
    return run


def run_dry_run(*, dry_run_id: int, clock: Clock) -> RuleDryRun:
    """Price the orders with and without the rules. Doubled jobs find the lease taken, and a lost
    one is begun anew. Trusted: a job's work."""
    run = retry_txn(_claim)(dry_run_id, clock())
    if run is None:
        return RuleDryRun.objects.get(pk=dry_run_id)
    try:
        _work(run, clock)
    except DomainError as error:
        _finish(run, DryRunStatus.FAILED, clock(), problem=str(error)[:300])
    return run


def waiting_dry_runs(*, now: datetime) -> list[int]:
    """Those whose job was lost. Trusted: a job's work."""
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    alive = [DryRunStatus.WAITING, DryRunStatus.RUNNING]
    waiting = RuleDryRun.objects.filter(free, status__in=alive, created_at__lt=now - LEASE / 10)
    return list(waiting.order_by("pk").values_list("pk", flat=True)[:20])


@transaction.atomic
def _claim(dry_run_id: int, now: datetime) -> RuleDryRun | None:
    run = RuleDryRun.objects.select_for_update().get(pk=dry_run_id)
    is_taken = run.claimed_until is not None and run.claimed_until > now
    if is_taken or DRY_RUN_FLOW.is_final(run.status):
        return None
    run.claimed_until = now + LEASE
    run.save(update_fields=["claimed_until"])
    if run.status == DryRunStatus.WAITING:
        DRY_RUN_FLOW.move(run, DryRunStatus.RUNNING, actor=run.started_by, started_at=now)
    return run


def _work(run: RuleDryRun, clock: Clock) -> None:
    trial = trial_of(run.subject, run.subject_pk)
    if trial is None or not trial.rules:
        raise NothingToTry
    orders = list(_orders(run, trial))
    engine, tally = TrialRun.begin(trial, orders, at=run.until), Tally()
    for done, order in enumerate(orders):
        if done % BATCH == 0 and not _keep(run, done, len(orders), clock()):
            return  # somebody else took it over
        tally.add(engine.price(order))
    run.orders_done = run.orders_total = len(orders)
    run.save(update_fields=["orders_done", "orders_total"])
    _finish(run, DryRunStatus.DONE, clock(), result=tally.as_json())


def _orders(run: RuleDryRun, trial: Trial) -> Iterator[list[ports.Purchase]]:
    """The orders of those whom the rules concern, the oldest first."""
    customers = Customer.objects.filter(tenant__path__startswith=trial.tenant.path)
    if trial.customers is not None:
        customers = customers.filter(pk__in=trial.customers)
    ids = list(customers.values_list("pk", flat=True))
    rows = ports.purchases(ids, run.since, run.until, of=["orders"])
    rows.sort(key=lambda row: (row.at, row.reference))
    for _reference, lines in groupby(rows, key=lambda row: row.reference):
        yield [line for line in lines if line.subject.sku is not None]


def _keep(run: RuleDryRun, done: int, total: int, now: datetime) -> bool:
    """Write down how far it is, and prolong the lease, if it is still ours."""
    mine = RuleDryRun.objects.filter(pk=run.pk, claimed_until=run.claimed_until)
    until = now + LEASE
    if not mine.update(claimed_until=until, orders_done=done, orders_total=total):
        return False
    run.claimed_until = until
    return True


@transaction.atomic
def _finish(run: RuleDryRun, to: DryRunStatus, now: datetime, **columns: object) -> None:
    for name, value in columns.items():
        setattr(run, name, value)
    run.claimed_until = None
    run.save(update_fields=[*columns, "claimed_until"])
    DRY_RUN_FLOW.move(run, to, actor=run.started_by, finished_at=now)
