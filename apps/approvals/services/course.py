"""How an approval goes from step to step. Everything here runs under the approval's lock."""

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby

from django.db.models import Max, QuerySet

from apps.approvals import kinds
from apps.approvals.engine.decide import Verdict, seats_to_open, verdict_of, voice_of
from apps.approvals.engine.graph import By, Mode, Node, NodeType, OnEmpty, OnRepeat
from apps.approvals.engine.path import (
    Outcome,
    PathNode,
    Person,
    Reason,
    able_superior,
    repeated,
)
from apps.approvals.enums import (
    APPROVAL_FLOW,
    EFFECT_FLOW,
    STEP_FLOW,
    ApprovalStatus,
    ApprovalVerb,
    Door,
    EffectStatus,
    StepStatus,
    TaskStatus,
)
from apps.approvals.errors import ChoiceIsMissing, NobodyCanDecide
from apps.approvals.events import ApprovalCopied, ApprovalFinished, ApprovalMoved
from apps.approvals.models import Act, Approval, Copy, Step, Task
from apps.approvals.models.approvals import SECOND_PERSON
from apps.approvals.reasons import stored
from apps.approvals.selectors.flows import path_for
from apps.approvals.selectors.organization import Organization
from apps.approvals.services.acts import record_act
from apps.approvals.services.seats import close_task, open_task
from apps.core.events import publish
from apps.rbac.models import User

LIVE = (TaskStatus.OPEN, TaskStatus.WAITING)


class Course:
    """One approval, moved on by one act of `actor` (None: by itself)."""

    def __init__(
        self, approval: Approval, *, actor: User | None, now: datetime, door: Door
    ) -> None:
        self.approval, self.actor, self.now, self.door = approval, actor, now, door
        self.kind = kinds.get(approval.kind)
        self.graph = approval.version.graph
        self.organization = Organization(applicant=approval.applicant, tenant=approval.tenant)

    def barred(self) -> frozenset[int]:
        """Who may never be the last approver: as known at the start, and as the kind says now."""
        known = {int(person) for person in self.approval.segregated}
        return frozenset(known | self.kind.segregated(self.approval) | {self.approval.applicant_id})

    def lay_out(self, from_node: str = "") -> None:
        """Make the steps of a round, of all nodes or from one on.

        :raises ChoiceIsMissing: if the applicant did not choose whom he must choose
        :raises NobodyCanDecide: if a node has nobody, not even an administrator
        """
        path = path_for(
            self.graph,
            kind=self.kind,
            facts=self.approval.facts,
            organization=self.organization,
            applicant=self.approval.applicant,
            chosen=self.approval.chosen,
            barred=self.barred(),
        )
        keys = [node.key for node in self.graph.nodes]
        first = keys.index(from_node) if from_node else 0
        for position, step in enumerate(path.nodes, start=1):
            if position > first:
                self._lay_step(step, position)

    def _lay_step(self, step: PathNode, position: int) -> None:
        node = step.node
        applies = step.outcome is not Outcome.SKIPPED
        if applies and node.approvers.by is By.CHOSEN and not self.approval.chosen.get(node.key):
            raise ChoiceIsMissing(node=node.name)
        if step.outcome is Outcome.STUCK:
            raise NobodyCanDecide(node=node.name)
        Step.objects.create(
            approval=self.approval,
            round=self.approval.round,
            position=position,
            node_key=node.key,
            name=node.name,
            mode=str(step.mode),
            share=node.share,
            plan=[person.id for person in step.people],
            why=stored(step.reasons),
            status=StepStatus.WAITING if applies else StepStatus.SKIPPED,
        )

    def advance(self) -> None:
        """Open the next step that asks somebody, or finish."""
        publish(ApprovalMoved(approval_id=self.approval.pk))
        while self.approval.is_running:
            step = self._steps().filter(status=StepStatus.WAITING).first()
            if step is None:
                self._complete()
            elif self._open(step):
                return

    def settle(self, step: Step) -> None:
        """Draw the conclusion from the decisions in `step`."""
        if not self._waits(step):
            self.advance()

    def finish(self, status: ApprovalStatus, *, note: str = "") -> None:
        """End it: nothing waits for anybody, and the outcome is handed to a job."""
        self._cancel(Task.objects.filter(approval=self.approval))
        for step in self._steps().filter(status__in=[StepStatus.OPEN, StepStatus.WAITING]):
            STEP_FLOW.move(step, StepStatus.CANCELLED, actor=self.actor, closed_at=self.now)
        APPROVAL_FLOW.move(
            self.approval,
            status,
            actor=self.actor,
            reason=note,
            finished_at=self.now,
            running_key=None,
        )
        if status == ApprovalStatus.VOIDED:  # the owner of the subject did this, and knows
            EFFECT_FLOW.move(self.approval, EffectStatus.DONE, actor=self.actor, effect_at=self.now)
        else:
            EFFECT_FLOW.move(self.approval, EffectStatus.PENDING, actor=self.actor)
        publish(ApprovalFinished(approval_id=self.approval.pk, status=str(status)))

    def close_step(self, step: Step, status: StepStatus) -> None:
        """End a step: whoever was not heard is not asked any more."""
        self._cancel(step.tasks.all())
        STEP_FLOW.move(step, status, actor=self.actor, closed_at=self.now)

    def seat_people(self, step: Step) -> None:
        """Make the tasks of an open step for those whom its plan names and who are still here.

        If that is nobody, the step waits: the sweep asks again.
        """
        node = self.graph.node(step.node_key)
        again = self._asked_already(step, node)
        for seat, person_id in enumerate(self._present(step), start=1):
            Task.objects.create(
                approval=self.approval,
                step=step,
                assignee_id=person_id,
                seat=seat,
                status=TaskStatus.SKIPPED if person_id in again else TaskStatus.WAITING,
                remind_after=node.remind_after if node else Task.remind_after.field.default,
                escalate_after=node.escalate_after if node else Task.escalate_after.field.default,
            )

    def _steps(self) -> QuerySet[Step]:
        return Step.objects.filter(approval=self.approval).live()

    def _open(self, step: Step) -> bool:
        """Begin a step; whether the approval waits there, or is finished."""
        step.approval = self.approval
        node = self.graph.node(step.node_key)
        if node and node.type is NodeType.COPY:
            self._copy(step)
            return False
        STEP_FLOW.move(step, StepStatus.OPEN, actor=self.actor, opened_at=self.now)
        if not step.plan and node and node.on_empty is OnEmpty.REJECT:
            self.close_step(step, StepStatus.REJECTED)
            self._record(ApprovalVerb.SKIP, step)
            self.finish(ApprovalStatus.REJECTED)
            return True
        self.seat_people(step)
        return self._waits(step)

    def _waits(self, step: Step) -> bool:
        """Whether the step needs more decisions, or the approval is at its end."""
        tasks = list(step.tasks.select_related("assignee", "approval").order_by("seat", "position"))
        seats = [list(seat) for _, seat in groupby(tasks, key=lambda task: task.seat)]
        voices = [voice_of([task.status for task in seat]) for seat in seats]
        verdict = verdict_of(Mode(step.mode), step.share, voices)
        if verdict is Verdict.OPEN:
            for index in seats_to_open(Mode(step.mode), voices):
                self._open_first(seats[index])
            return True
        if verdict is Verdict.REJECTED:
            self.close_step(step, StepStatus.REJECTED)
            self.finish(ApprovalStatus.REJECTED)
            return True
        self._close_agreed(step, tasks)
        return False

    def _close_agreed(self, step: Step, tasks: list[Task]) -> None:
        is_decided = any(task.status == TaskStatus.APPROVED for task in tasks)
        if not is_decided:
            names = ", ".join(str(t.assignee) for t in tasks if t.status == TaskStatus.SKIPPED)
            step.why = [*step.why, *stored([Reason("asked_before", {"people": names})])]
            step.save(update_fields=["why"])
            self._record(ApprovalVerb.SKIP, step)
        self.close_step(step, StepStatus.APPROVED if is_decided else StepStatus.SKIPPED)

    def _open_first(self, seat: list[Task]) -> None:
        if any(task.status == TaskStatus.OPEN for task in seat):
            return
        waiting = next(task for task in seat if task.status == TaskStatus.WAITING)
        open_task(task=waiting, actor=self.actor, now=self.now)

    def _copy(self, step: Step) -> None:
        for person_id in step.plan:
            _copy, is_new = Copy.objects.get_or_create(
                approval=self.approval, user_id=person_id, defaults={"copied_at": self.now}
            )
            if is_new:
                publish(ApprovalCopied(approval_id=self.approval.pk, user_id=person_id))
        STEP_FLOW.move(step, StepStatus.COPIED, actor=self.actor, closed_at=self.now)
        self._record(ApprovalVerb.COPY, step)

    def _complete(self) -> None:
        """All steps are done: approve, unless the last to agree must not be the last (APR-3)."""
        last = (
            Act.objects.filter(
                approval=self.approval, verb=ApprovalVerb.APPROVE, step__is_live=True
            )
            .select_related("actor", "on_behalf_of")
            .order_by("-pk")
            .first()
        )
        if last is None:
            if self.kind.involves_money:
                self._call_second_person(None, Reason("nobody_decided"))
                return
        else:
            barred = self.barred()
            for person in (last.actor, last.on_behalf_of):
                if person is not None and person.pk in barred:
                    reason = Reason("second_person", {"person": str(person)})
                    self._call_second_person(person, reason)
                    return
        self.finish(ApprovalStatus.APPROVED)

    def _call_second_person(self, person: User | None, reason: Reason) -> None:
        barred = self.barred()
        above = able_superior(person.pk, self.organization, without=barred) if person else None
        last_resort = [p.id for p in self.organization.administrators() if p.id not in barred]
        position = self.approval.steps.aggregate(last=Max("position"))["last"] or 0
        step = Step.objects.create(
            approval=self.approval,
            round=self.approval.round,
            position=position + 1,
            node_key=SECOND_PERSON,
            name="Second person",
            mode=str(Mode.ANY),
            plan=[above.id] if above else last_resort,
            why=stored([reason]),
        )
        self._record(ApprovalVerb.GUARD, step)

    def _asked_already(self, step: Step, node: Node | None) -> set[int]:
        """Whose approval of this round counts again here."""
        if node is None or node.on_repeat is OnRepeat.EVERY:
            return set()
        decided = list(
            Task.objects.filter(
                approval=self.approval, step__is_live=True, status=TaskStatus.APPROVED
            ).values_list("step__position", "decided_by")
        )
        before = {person for _, person in decided if person is not None}
        latest = max((position for position, _ in decided), default=0)
        just_before = {p for position, p in decided if position == latest and p is not None}
        return repeated(node.on_repeat, before=before, just_before=just_before)

    def _present(self, step: Step) -> list[int]:
        """Who is still here; for a leaver his superior, in the end an administrator."""
        people: list[int] = []
        for person_id in step.plan:
            known = self.organization.person(int(person_id))
            if known is None or not known.is_able:
                without = self.barred() if step.node_key == SECOND_PERSON else ()
                known = self.replacement_for(int(person_id), without=without)
            if known is not None and known.id not in people:
                people.append(known.id)
        return people

    def replacement_for(self, person_id: int, *, without: Iterable[int] = ()) -> Person | None:
        """Who takes a leaver's place: his nearest able superior, else an administrator."""
        unwanted = {self.approval.applicant_id, *without}
        above = able_superior(person_id, self.organization, without=unwanted)
        if above is not None:
            return above
        others = [p for p in self.organization.administrators() if p.id not in unwanted]
        return others[0] if others else None

    def _cancel(self, tasks: "QuerySet[Task]") -> None:
        for task in tasks.filter(status__in=LIVE).select_related("approval", "step", "assignee"):
            close_task(
                task=task,
                status=TaskStatus.CANCELLED,
                actor=self.actor,
                now=self.now,
                door=self.door,
            )

    def _record(self, verb: ApprovalVerb, step: Step) -> None:
        record_act(
            approval=self.approval, verb=verb, actor=None, now=self.now, door=Door.JOB, step=step
        )
