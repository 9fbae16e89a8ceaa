"""kill -9 between the decision and its effect: the effect happens exactly once."""

import os

import pytest

from apps.approvals import services
from apps.approvals.engine.graph import Approvers, Node
from apps.approvals.enums import ApprovalStatus, EffectStatus, TaskStatus
from apps.approvals.models import Act, Approval, Comment, Task
from apps.core import events
from apps.core.models import OutboxDelivery
from apps.core.retry import retry_txn
from tests.factories.approvals import MONDAY, Refund, ask, kind_with
from tests.support.killing import die_at

RUNS = int(os.environ.get("KBOSS_KILL_RUNS", "5"))
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    # The child only works, and dies: it never returns into threads that it does not have.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class Written(Refund):
    """Its outcome is a row, so that it outlives the process that wrote it."""

    def on_approved(self, approval, now):
        Comment.objects.create(approval=approval, author=approval.applicant, text="effect", at=now)


@pytest.fixture(autouse=True)
def _jobs_are_lost(monkeypatch) -> None:
    """No message ever arrives: the rows alone must carry the work."""
    monkeypatch.setattr(events, "_deliver_soon", [])


@pytest.fixture
def decided(people):
    """`decided()` is an approval that was approved a moment ago."""
    kind = kind_with(Node("boss", "主管", Approvers.superior()), of=Written)

    def make() -> Approval:
        approval = ask(people["zhao"], kind)
        retry_txn(services.approve)(approval=approval, actor=people["qian"], now=MONDAY)
        return approval

    return make


def effects(approval: Approval) -> int:
    return Comment.objects.filter(approval=approval, text="effect").count()


def sweep() -> None:
    for approval_id in services.due_effects():
        services.run_effect(approval_id=approval_id, now=MONDAY)


def test_killed_while_deciding_nothing_is_decided(people):
    kind = kind_with(Node("boss", "主管", Approvers.superior()), of=Written)
    approval = ask(people["zhao"], kind)
    deliveries = OutboxDelivery.objects.count()

    def decide() -> None:
        services.approve(approval=approval, actor=people["qian"], now=MONDAY)

    assert die_at("approvals.decide.before_commit", decide)

    approval.refresh_from_db()
    assert (approval.status, approval.effect) == (ApprovalStatus.RUNNING, EffectStatus.NONE)
    assert Task.objects.get(approval=approval).status == TaskStatus.OPEN
    assert Act.objects.filter(approval=approval).count() == 1
    assert OutboxDelivery.objects.count() == deliveries


@pytest.mark.parametrize(
    "point",
    ["approvals.effect.begun", "approvals.effect.told", "approvals.effect.before_commit"],
)
def test_killed_before_the_effect_is_committed_it_happens_once(point, decided):
    for _ in range(RUNS):
        approval = decided()

        died = die_at(point, lambda a=approval: services.run_effect(approval_id=a.pk, now=MONDAY))

        assert died, f"nobody came by {point}"
        approval.refresh_from_db()
        assert (effects(approval), approval.effect) == (0, EffectStatus.PENDING)
        sweep()
        sweep()
        approval.refresh_from_db()
        assert (effects(approval), approval.effect) == (1, EffectStatus.DONE)


def test_killed_after_the_decision_the_sweep_finds_it(decided):
    """The process dies with the message in its hand: nobody was ever told."""
    approvals = [decided() for _ in range(RUNS)]

    sweep()

    assert [effects(approval) for approval in approvals] == [1] * RUNS


def test_killed_after_the_effect_it_is_not_repeated(decided):
    approval = decided()

    died = die_at(
        "approvals.effect.committed",
        lambda: services.run_effect(approval_id=approval.pk, now=MONDAY),
    )

    assert died
    sweep()
    assert effects(approval) == 1
    assert services.run_effect(approval_id=approval.pk, now=MONDAY) is False
