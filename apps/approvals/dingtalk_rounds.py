"""
One approval and its process instances at DingTalk, brought into agreement.

Kboss is the truth. Events, the clock and every move of an approval lead to the same place: look at
both sides, take in what people decided there, tell there what was decided here. So a lost event
costs minutes, and a doubled one nothing. With DingTalk down, rows wait and are tried again.
"""

from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import Max, Q

from apps.approvals.dingtalk import LABEL, entries_of, originator_of, path_of, values_of
from apps.approvals.dingtalk_meeting import Meeting
from apps.approvals.models import Approval
from apps.notifications.dingtalk.client import DingtalkClient
from apps.notifications.dingtalk.errors import DingtalkIsBusy, DingtalkIsSilent, DingtalkRefused
from apps.notifications.dingtalk.states import DINGTALK_INSTANCE_FLOW, DingtalkInstanceStatus
from apps.notifications.models import DingtalkInstance, DingtalkSettings
from apps.notifications.selectors.dingtalk import process_for, settings_for
from apps.notifications.services.dingtalk import client_for

OPEN = (DingtalkInstanceStatus.WAITING, DingtalkInstanceStatus.STARTED)
POLL = timedelta(minutes=10)
LEASE = timedelta(minutes=3)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(minutes=10)
APPEARS_WITHIN = timedelta(minutes=3)  # an instance that was begun is listed by then
MOST_ROUNDS = 20  # a path that changes more often is followed on the web alone

log = structlog.get_logger(__name__)


def look_at(*, approval_id: int, now: datetime) -> int | None:
    """
    Note that something happened to an approval; the instance to bring into agreement, if any.

    Trusted: receivers of this app's own events.
    """
    approval = Approval.objects.select_related("tenant", "version").get(pk=approval_id)
    instances = DingtalkInstance.objects.filter(subject_label=LABEL, subject_pk=approval.pk)
    live = instances.filter(status__in=OPEN).order_by("-round").first()
    if live is not None:
        DingtalkInstance.objects.filter(pk=live.pk).update(next_attempt_at=now)
        return live.pk
    return open_round(approval=approval, now=now)


def look_at_instance(*, settings_id: int, process_instance_id: str, now: datetime) -> int | None:
    """The instance that DingTalk spoke of, due at once. Trusted: the event was signed."""
    row = DingtalkInstance.objects.filter(
        settings_id=settings_id,
        process_instance_id=process_instance_id,
        subject_label=LABEL,
        status__in=OPEN,
    ).first()
    if row is None:
        return None
    DingtalkInstance.objects.filter(pk=row.pk).update(next_attempt_at=now)
    return row.pk


def open_round(*, approval: Approval, now: datetime) -> int | None:
    """
    A row for a new instance, if DingTalk can show the approval; it is begun by `agree`.

    Trusted: called for approvals that moved. Without settings, process code, originator or
    approvers there the approval goes on, on the web.
    """
    settings = settings_for(approval.tenant)
    process = process_for(settings, approval.kind) if settings and approval.is_running else None
    if settings is None or process is None or not originator_of(approval, settings):
        return None
    return _new_round(approval, settings, process.process_code, now)


@transaction.atomic
def _new_round(
    approval: Approval, settings: DingtalkSettings, process_code: str, now: datetime
) -> int | None:
    """Under the approval's lock: of two jobs that see no open instance, the second sees one."""
    approval = Approval.objects.lock(approval)
    rounds = DingtalkInstance.objects.filter(subject_label=LABEL, subject_pk=approval.pk)
    last = rounds.aggregate(last=Max("round"))["last"] or 0
    path = path_of(approval, settings)
    if not path or last >= MOST_ROUNDS or rounds.filter(status__in=OPEN).exists():
        return None
    row = DingtalkInstance.objects.create(
        settings=settings,
        subject_label=LABEL,
        subject_pk=approval.pk,
        number=approval.number,
        round=last + 1,
        process_code=process_code,
        path=[entry.stored() for entry in path],
        next_attempt_at=now,
        created_at=now,
    )
    return row.pk


def due(*, now: datetime, limit: int = 200) -> list[int]:
    """What is to be looked at again. Trusted: the sweep."""
    rows = DingtalkInstance.objects.filter(
        subject_label=LABEL,
        status__in=OPEN,
        next_attempt_at__lte=now,
        settings__is_active=True,
    )
    return list(rows.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def agree(*, instance_id: int, now: datetime) -> int | None:
    """
    Bring one instance into agreement; the instance of the next round, if one follows.

    Trusted: a job. Whoever holds the lease does it; who comes meanwhile leaves the row due. Not to
    be called inside a transaction: it waits for the network.
    """
    if not _claim(instance_id, now):
        return None
    row = DingtalkInstance.objects.select_related("settings__tenant").get(pk=instance_id)
    following, problem, pause = None, "", POLL
    try:
        following = _Round(row, now).run()
    except (DingtalkIsBusy, DingtalkIsSilent) as error:
        problem = error.code
        pause = min(FIRST_PAUSE * 2 ** min(row.attempts, 10), LONGEST_PAUSE)
        log.warning("dingtalk not reached", instance=row.pk, problem=problem)
    except DingtalkRefused as error:
        problem = error.provider_code
    finally:
        DingtalkInstance.objects.filter(pk=instance_id).update(busy_until=None)
    return following or _rest(row, now + pause, problem)


def _rest(row: DingtalkInstance, until: datetime, problem: str) -> int | None:
    """Leave the row until then, unless somebody wished for another look meanwhile."""
    rows = DingtalkInstance.objects.filter(pk=row.pk, status__in=OPEN)
    rows.update(attempts=min(row.attempts + 1, 1000) if problem else 0, problem=problem)
    is_resting = rows.filter(next_attempt_at=row.next_attempt_at).update(next_attempt_at=until)
    return row.pk if not is_resting and rows.exists() else None


def _claim(instance_id: int, now: datetime) -> bool:
    """The lease, and a mark by which a later wish to look again is told from this one."""
    free = Q(busy_until__isnull=True) | Q(busy_until__lte=now)
    active = DingtalkSettings.objects.filter(is_active=True)
    rows = DingtalkInstance.objects.filter(
        free, pk=instance_id, status__in=OPEN, settings__in=active
    )
    return rows.update(busy_until=now + LEASE, next_attempt_at=now + LEASE) == 1


class _Round:
    """One instance, while this job holds its lease."""

    def __init__(self, row: DingtalkInstance, now: datetime) -> None:
        self.row, self.now = row, now
        self.client: DingtalkClient = client_for(settings=row.settings)
        self.approval = Approval.objects.select_related("tenant", "version", "applicant").get(
            pk=row.subject_pk
        )

    def run(self) -> int | None:
        if self.row.status == DingtalkInstanceStatus.WAITING and not self._begin():
            return None
        if self.row.status != DingtalkInstanceStatus.STARTED:
            return None
        meeting = Meeting(self.row, self.approval, self.client, self.now)
        if not meeting.is_over():
            return None
        self._move(DingtalkInstanceStatus.CLOSED, closed_at=self.now)
        self.approval.refresh_from_db()
        return open_round(approval=self.approval, now=self.now)

    def _begin(self) -> bool:
        """Whether the instance runs at DingTalk now."""
        if self.row.starting_since is not None and self._adopt_lost():
            return True
        if not self.approval.is_running:
            self._move(DingtalkInstanceStatus.CLOSED, closed_at=self.now)
            return False
        self._renew_path()
        DingtalkInstance.objects.filter(pk=self.row.pk).update(starting_since=self.now)
        try:
            number = self.client.start_process(
                process_code=self.row.process_code,
                originator=originator_of(self.approval, self.row.settings),
                approvers=[entry.as_approvers() for entry in entries_of(self.row.path)],
                values=values_of(self.approval, self.key),
            )
        except DingtalkIsBusy:
            DingtalkInstance.objects.filter(pk=self.row.pk).update(starting_since=None)
            raise
        except DingtalkRefused as error:
            self._move(
                DingtalkInstanceStatus.FAILED, closed_at=self.now, problem=error.provider_code
            )
            return False
        self._adopt(number)
        return True

    @property
    def key(self) -> str:
        """What marks our instance among all of this form."""
        return f"{self.row.number}-{self.row.round}"

    def _adopt_lost(self) -> bool:
        """Find the instance whose answer was lost. :raises DingtalkIsSilent: while it may appear"""
        since = self.row.created_at - APPEARS_WITHIN
        for number in self.client.find_processes(self.row.process_code, since):
            if self.key in self.client.get_process(number).values.values():
                self._adopt(number)
                return True
        if self.row.starting_since and self.now - self.row.starting_since < APPEARS_WITHIN:
            raise DingtalkIsSilent
        return False

    def _adopt(self, number: str) -> None:
        self._move(
            DingtalkInstanceStatus.STARTED,
            process_instance_id=number,
            started_at=self.now,
            starting_since=None,
        )

    def _renew_path(self) -> None:
        """It may have waited long: what is begun is the path of now."""
        path = path_of(self.approval, self.row.settings)
        if path:
            self.row.path = [entry.stored() for entry in path]
            self.row.save(update_fields=["path"])

    @transaction.atomic
    def _move(self, status: DingtalkInstanceStatus, **stamps: object) -> None:
        held = DingtalkInstance.objects.lock(self.row)
        DINGTALK_INSTANCE_FLOW.move(held, status, actor=None, reason="", **stamps)
        for name in ("status", *stamps):
            setattr(self.row, name, getattr(held, name))
