"""Both sides of one approval, side by side: who decided what, here and at DingTalk."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction

from apps.approvals import services
from apps.approvals.dingtalk import Entry, entries_of, people_of
from apps.approvals.dingtalk_messages import tell_of_contradiction, tell_of_lost_transfer
from apps.approvals.enums import Door, TaskStatus
from apps.approvals.errors import NotTheApprover, TaskIsClosed, VerbIsNotAllowed
from apps.approvals.models import Approval, Task
from apps.core.errors import DomainError, Forbidden, NotFound
from apps.notifications.dingtalk.client import DingtalkClient, RemoteInstance, RemoteTask
from apps.notifications.dingtalk.errors import DingtalkRefused
from apps.notifications.models import DingtalkInstance, DingtalkUser
from apps.notifications.selectors.dingtalk import userids
from apps.rbac.models import User

AGREED, REFUSED, REDIRECTED = "AGREE", "REFUSE", "REDIRECTED"
WORDS = {TaskStatus.APPROVED: "agree", TaskStatus.REJECTED: "refuse"}
OUTCOMES = {AGREED: TaskStatus.APPROVED, REFUSED: TaskStatus.REJECTED}
MOST_LOOKS = 12
ENDED = "已在 Kboss 处理完毕"
CHANGED = "审批流程已在 Kboss 中变更，请处理新的审批单"
# Why somebody's decision at DingTalk counts for nothing here.
TOO_LATE = (TaskIsClosed, VerbIsNotAllowed, NotTheApprover, NotFound, Forbidden)


class Meeting:
    """One look at DingTalk, and what follows from it."""

    def __init__(
        self,
        row: DingtalkInstance,
        approval: Approval,
        client: DingtalkClient,
        now: datetime,
    ) -> None:
        self.row, self.approval, self.client, self.now = row, approval, client, now
        self.path = entries_of(row.path)

    def is_over(self) -> bool:
        """Bring both sides into agreement; whether this instance has ended at DingTalk."""
        remote = self._look()
        for _look in range(MOST_LOOKS):
            self._take_in(remote)
            if not remote.is_open:
                return True
            told = self._tell(remote)
            if not told:
                break
            remote = self._look()
        if not remote.is_open:
            return True
        if self.approval.is_running and not self._differs(remote):
            return False
        self._end(CHANGED if self.approval.is_running else ENDED)
        self._take_in(self._look())  # somebody may have decided in this very moment
        return True

    def _look(self) -> RemoteInstance:
        number = self.row.process_instance_id or ""
        return self.client.get_process(number)

    # --- what was decided there
    def _take_in(self, remote: RemoteInstance) -> None:
        people = people_of(self.row.settings, (task.userid for task in remote.tasks))
        for task, entry in self._placed(remote):
            if task.result == REDIRECTED:
                self._follow(remote, task, entry, people)
                continue
            is_by_hand = (task.userid, task.result) in remote.remarks
            if task.result not in OUTCOMES or not is_by_hand or task.task_id in self.row.settled:
                continue
            person = people.get(task.userid)
            if person is not None:
                self._apply(task, entry, person.user, remote.remarks[task.userid, task.result])
        self.approval.refresh_from_db()

    @transaction.atomic
    def _apply(self, task: RemoteTask, entry: Entry, person: User, remark: str) -> None:
        """One decision, with the mark that it is settled: exactly once."""
        held = DingtalkInstance.objects.lock(self.row)
        if task.task_id in held.settled:
            return
        try:
            self._decide(task, entry, person, remark)
        except TOO_LATE as error:
            self._tell_if_other(task, entry, person, error)
        held.settled = [*held.settled, task.task_id]
        held.save(update_fields=["settled"])
        self.row.settled = held.settled

    def _follow(
        self,
        remote: RemoteInstance,
        task: RemoteTask,
        entry: Entry,
        people: Mapping[str, DingtalkUser],
    ) -> None:
        """Handed on there is handed on here, by the rules of here."""
        if task.task_id in self.row.settled:
            return
        heirs = heirs_of(task, entry, remote)
        if not heirs:
            return  # DingTalk is about to make the task
        taker = people.get(heirs[0].userid) if len(heirs) == 1 else None
        remark = remote.remarks.get((task.userid, REDIRECTED), "")
        self._hand_on(task, entry, (people.get(task.userid), taker), remark)

    @transaction.atomic
    def _hand_on(
        self,
        task: RemoteTask,
        entry: Entry,
        both: tuple[DingtalkUser | None, DingtalkUser | None],
        remark: str,
    ) -> None:
        held = DingtalkInstance.objects.lock(self.row)
        if task.task_id in held.settled:
            return
        giver, taker = both
        if not (giver and taker and self._transfer(entry, giver.user, taker.user, remark)):
            tell_of_lost_transfer(
                approval=self.approval,
                giver=str(giver.user) if giver else task.userid,
                key=f"dingtalk:{self.row.pk}:{task.task_id}",
                now=self.now,
            )
        held.settled = [*held.settled, task.task_id]
        held.save(update_fields=["settled"])
        self.row.settled = held.settled

    def _transfer(self, entry: Entry, giver: User, taker: User, remark: str) -> bool:
        """Whether nobody needs to look at it: done, or too late to matter."""
        if not Task.objects.open_for(giver).filter(step_id=entry.step).exists():
            return True
        try:
            services.transfer(
                approval=self.approval,
                actor=giver,
                to=taker,
                now=self.now,
                note=remark.strip()[:500],
                door=Door.DINGTALK,
            )
        except TOO_LATE:
            return True
        except DomainError:  # he may not decide here, is asked anyway, or applied for it himself
            return False
        return True

    def _decide(self, task: RemoteTask, entry: Entry, person: User, remark: str) -> None:
        waiting = Task.objects.open_for(person).filter(step_id=entry.step)
        if not waiting.exists():
            raise TaskIsClosed(number=self.approval.number)
        note = remark.strip()[:500]
        if task.result == AGREED:
            services.approve(
                approval=self.approval, actor=person, note=note, now=self.now, door=Door.DINGTALK
            )
        else:
            services.reject(
                approval=self.approval, actor=person, note=note, now=self.now, door=Door.DINGTALK
            )

    def _tell_if_other(
        self, task: RemoteTask, entry: Entry, person: User, error: DomainError
    ) -> None:
        """The first decision stands; whose came second is told, unless it says the same."""
        same = Task.objects.filter(
            approval=self.approval,
            step_id=entry.step,
            decided_by=person,
            status=OUTCOMES[task.result],
        )
        if not same.exists():
            tell_of_contradiction(
                approval=self.approval,
                person=person,
                key=f"dingtalk:{self.row.pk}:{task.task_id}",
                decision=task.result,
                now=self.now,
            )

    # --- what was decided here
    def _tell(self, remote: RemoteInstance) -> bool:
        """Do at DingTalk, for each person, what he did here; whether anything was done."""
        people = people_of(self.row.settings, (task.userid for task in remote.tasks))
        has_told = False
        for task, entry in self._placed(remote):
            person = people.get(task.userid)
            if not task.is_open or person is None:
                continue
            decided = Task.objects.filter(
                step_id=entry.step, decided_by_id=person.user_id, status__in=WORDS
            ).first()
            if decided is not None:
                has_told = self._execute(task, decided) or has_told
        return has_told

    def _execute(self, task: RemoteTask, decided: Task) -> bool:
        try:
            self.client.execute_task(
                process_instance_id=self.row.process_instance_id or "",
                task_id=task.task_id,
                userid=task.userid,
                result=WORDS[TaskStatus(decided.status)],
                remark=decided.note,
            )
        except DingtalkRefused:  # he may have pressed the button himself; the next look shows it
            return False
        return True

    def _end(self, remark: str) -> None:
        try:
            self.client.terminate_process(self.row.process_instance_id or "", remark=remark)
        except DingtalkRefused:  # it has ended by itself
            return

    # --- whether the same people are waited for
    def _differs(self, remote: RemoteInstance) -> bool:
        waiting = [
            (task.userid, entry.step) for task, entry in self._placed(remote) if task.is_open
        ]
        if not waiting:
            return False  # DingTalk is about to open the next step
        ours = list(Task.objects.open().filter(approval=self.approval))
        people = [p for task in ours for p in (task.assignee_id, task.stand_in_id) if p]
        known = userids(self.row.settings, people)
        voices = [
            {(known[p], task.step_id) for p in (task.assignee_id, task.stand_in_id) if p in known}
            for task in ours
        ]
        expected = {voice for seat in voices for voice in seat}
        is_stale = any(seat not in expected for seat in waiting)
        is_missed = any(seat and not seat & set(waiting) for seat in voices)
        return is_stale or is_missed

    def _placed(self, remote: RemoteInstance) -> Iterator[tuple[RemoteTask, Entry]]:
        """Each task with the entry of the path that it belongs to: activities come in turn."""
        turns = list(dict.fromkeys(task.activity for task in remote.tasks))
        for task in remote.tasks:
            turn = turns.index(task.activity)
            if turn < len(self.path):
                yield task, self.path[turn]


def heirs_of(task: RemoteTask, entry: Entry, remote: RemoteInstance) -> list[RemoteTask]:
    """Who may have got this task in place of its owner: nobody yet, one, or several.

    DingTalk does not say which task follows which. Those who were asked come first, those who were
    handed something after them, in turn. Where two handed theirs on at once, nobody can tell.
    """
    of_step = [one for one in remote.tasks if one.activity == task.activity]
    asked, heirs = of_step[: len(entry.userids)], of_step[len(entry.userids) :]
    if sum(one.result == REDIRECTED for one in asked) > 1:
        return heirs
    handed = [one for one in of_step if one.result == REDIRECTED]
    place = handed.index(task)
    return heirs[place : place + 1]
