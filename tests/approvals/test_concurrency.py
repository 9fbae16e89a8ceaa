"""Two people at the same moment, on MariaDB: the locks are what is tested."""

import os
from collections import Counter

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Mode, Node
from apps.approvals.enums import ApprovalStatus, EffectStatus
from apps.approvals.errors import SubjectIsPending, TaskIsClosed, VerbIsNotAllowed
from apps.approvals.models import Act, Approval, Task
from apps.approvals.selectors import is_chain_whole
from apps.core import events
from apps.core.errors import DomainError
from apps.core.retry import retry_txn
from tests.factories.approvals import MONDAY, ask, kind_with
from tests.support.threads import at_once

ROUNDS = int(os.environ.get("KBOSS_RACE_ROUNDS", "200"))
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

approve = retry_txn(services.approve)
reject = retry_txn(services.reject)
withdraw = retry_txn(services.withdraw)


@pytest.fixture(autouse=True)
def _jobs_are_lost(monkeypatch) -> None:
    """Nothing but the decisions themselves."""
    monkeypatch.setattr(events, "_deliver_soon", [])


def carry_out() -> None:
    for approval_id in services.due_effects():
        services.run_effect(approval_id=approval_id, now=MONDAY)


def outcome(result: object) -> object:
    if isinstance(result, Exception) and not isinstance(result, DomainError):
        raise result
    return type(result) if isinstance(result, Exception) else "done"


def test_two_people_decide_at_the_same_moment_and_one_is_told(people):
    """或签: one decision and one 409, every time."""
    kind = kind_with(
        Node("books", "会计", Approvers.people(people["li"].pk, people["zhou"].pk), mode=Mode.ANY)
    )
    seen: Counter = Counter()
    for number in range(ROUNDS):
        approval = ask(people["zhao"], kind)
        acts = [
            lambda a=approval: approve(approval=a, actor=people["li"], now=MONDAY),
            lambda a=approval: reject(approval=a, actor=people["zhou"], note="不", now=MONDAY),
        ]

        if number % 2:
            acts.reverse()

        results = at_once(2, lambda n, both=acts: both[n]())

        came_to = sorted(str(outcome(result)) for result in results)
        approval.refresh_from_db()
        decided = Task.objects.filter(approval=approval, status__in=["approved", "rejected"])
        assert came_to in (
            sorted(["done", str(VerbIsNotAllowed)]),
            sorted(["done", str(TaskIsClosed)]),
        )
        assert decided.count() == 1
        assert approval.status == decided.get().status
        assert is_chain_whole(approval)
        seen[approval.status] += 1
    assert seen[ApprovalStatus.APPROVED] + seen[ApprovalStatus.REJECTED] == ROUNDS


def test_two_of_a_panel_decide_at_the_same_moment_and_both_count(people):
    """会签: no decision is lost, and the outcome comes once."""
    panel = [people["li"], people["zhou"]]
    kind = kind_with(Node("panel", "会签", Approvers.people(*(p.pk for p in panel)), mode=Mode.ALL))
    for _ in range(max(ROUNDS // 10, 3)):
        approval = ask(people["zhao"], kind)

        results = at_once(2, lambda n, a=approval: approve(approval=a, actor=panel[n], now=MONDAY))

        carry_out()
        approval.refresh_from_db()
        assert [outcome(result) for result in results] == ["done", "done"]
        assert (approval.status, approval.effect) == (ApprovalStatus.APPROVED, EffectStatus.DONE)
        assert Act.objects.filter(approval=approval, verb="approve").count() == 2
    assert len(kind.outcomes) == len(set(kind.outcomes)) == max(ROUNDS // 10, 3)


def test_withdrawn_while_it_is_approved_has_one_outcome(people):
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    for _ in range(max(ROUNDS // 10, 3)):
        approval = ask(people["zhao"], kind)
        acts = [
            lambda a=approval: approve(approval=a, actor=people["qian"], now=MONDAY),
            lambda a=approval: withdraw(approval=a, actor=people["zhao"], now=MONDAY),
        ]

        results = at_once(2, lambda n, both=acts: both[n]())

        carry_out()
        approval.refresh_from_db()
        assert [outcome(result) for result in results].count("done") == 1
        assert kind.outcomes[-1] == (approval.status, approval.number)


def test_the_same_subject_is_asked_for_once(people):
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    kind_of = retry_txn(lambda: ask(people["zhao"], kind, subject=("tests.Thing", 7)))
    ask(people["zhao"], kind)  # the flow is installed

    results = at_once(8, lambda _n: kind_of())

    assert Counter(map(outcome, results)) == {"done": 1, SubjectIsPending: 7}
    assert Approval.objects.about(("tests.Thing", 7)).count() == 1


def test_doubled_jobs_carry_an_outcome_out_once(people):
    kind = kind_with(Node("boss", "主管", Approvers.superior()))
    approval = ask(people["zhao"], kind)
    approve(approval=approval, actor=people["qian"], now=MONDAY)

    results = at_once(8, lambda _n: services.run_effect(approval_id=approval.pk, now=MONDAY))

    assert Counter(results) == {True: 1, False: 7}
    assert kind.outcomes == [("approved", approval.number)]
