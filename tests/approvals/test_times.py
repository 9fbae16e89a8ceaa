"""Boxes, board and statistics: right, and with the same few queries for any number (APR-6)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.approvals import selectors, services
from apps.approvals.engine.graph import Approvers, Node
from apps.approvals.errors import SubjectIsPending
from apps.approvals.models import Act
from apps.approvals.selectors.times import percentile
from tests.factories.approvals import (
    MONDAY,
    ApprovalFactory,
    StepFactory,
    TaskFactory,
    ask,
    kind_with,
)

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def kind(people):
    return kind_with(
        Node("boss", "主管", Approvers.people(people["qian"].pk)),
        Node("books", "会计", Approvers.people(people["li"].pk)),
    )


@pytest.mark.parametrize(
    ("values", "p50", "p90"),
    [([7], 7, 7), ([1, 2], 1, 2), ([3, 1, 2], 2, 3), (list(range(1, 101)), 50, 90)],
)
def test_percentiles_by_nearest_rank(values, p50, p90):
    assert (percentile(values, 50), percentile(values, 90)) == (p50, p90)


def test_times_count_working_minutes_by_node_person_and_kind(kind, people, boss):
    for hours in (1, 2, 4):
        approval = ask(people["zhao"], kind)
        services.approve(approval=approval, actor=people["qian"], now=MONDAY + hours * HOUR)
        services.approve(approval=approval, actor=people["li"], now=MONDAY + timedelta(days=1))

    found = selectors.time_statistics(boss, since=MONDAY, until=MONDAY + timedelta(days=2))

    by_node = {row.key: (row.count, row.p50, row.p90) for row in found.by_node}
    by_person = {row.label: (row.count, row.p50, row.p90) for row in found.by_person}
    # 09:00 to 13:00 is three hours of work: lunch begins at 12:00.
    assert by_node["tests.refund/boss"] == by_person["钱经理"] == (3, 120, 180)
    assert [row.count for row in found.by_kind] == [6]
    assert selectors.time_statistics(boss, since=MONDAY, until=MONDAY).by_kind == []


def test_the_board_shows_what_waits_the_longest_first(kind, people, boss, clerk):
    late = ask(people["zhao"], kind, now=MONDAY)
    ask(people["zhao"], kind, now=MONDAY + HOUR)

    rows = selectors.waiting_now(boss, now=MONDAY + 2 * HOUR)

    assert (rows[0].number, rows[0].person, rows[0].worked_minutes) == (
        late.number,
        "钱经理",
        120,
    )
    assert len(rows) == 2
    assert selectors.waiting_now(clerk, now=MONDAY) == []


READS = {
    "todo": lambda user: [
        (str(t.approval), str(t.approval.applicant), str(t.step), str(t.assignee))
        for t in selectors.todo(user)
    ],
    "current_nodes": lambda user: selectors.current_nodes(selectors.visible(user)),
    "waiting_now": lambda user: selectors.waiting_now(user, now=MONDAY),
    "time_statistics": lambda user: selectors.time_statistics(
        user, since=MONDAY, until=MONDAY + 10 * HOUR
    ),
}


@pytest.mark.parametrize("read", READS)
def test_the_same_queries_for_one_row_and_for_ten(read, people, boss):
    kind_with(Node("books", "会计", Approvers.people(people["li"].pk)))
    version = ApprovalFactory(applicant=people["zhao"]).version

    def add(count: int) -> None:
        for _ in range(count):
            approval = ApprovalFactory(applicant=people["zhao"], version=version)
            TaskFactory(step=StepFactory(approval=approval), assignee=boss)

    def counted() -> int:
        with CaptureQueriesContext(connection) as queries:
            READS[read](type(boss).objects.get(pk=boss.pk))
        return len(queries)

    add(1)
    one = counted()
    add(9)

    assert counted() == one


# --- the chain and the subject -------------------------------------------------------------------


def test_the_chain_shows_what_was_changed_in_the_database(kind, people):
    approval = ask(people["zhao"], kind)
    services.approve(approval=approval, actor=people["qian"], note="可以", now=MONDAY)
    assert selectors.is_chain_whole(approval)
    act = approval.acts.latest("pk")

    with pytest.raises(IntegrityError), transaction.atomic():
        Act.objects.filter(pk=act.pk).update(note="不可以")
    with pytest.raises(IntegrityError), transaction.atomic():
        Act.objects.filter(pk=act.pk).delete()

    act.note = "不可以"
    assert act.computed_digest() != act.digest
    assert [item.note for item in selectors.chain_of(approval)] == ["", "可以"]


def test_editing_the_subject_voids_what_runs_for_it(kind, people):
    subject = ("tests.Thing", 7)
    approval = ask(people["zhao"], kind, subject=subject)
    with pytest.raises(SubjectIsPending):
        ask(people["zhao"], kind, subject=subject)

    assert services.void_for_subject(subject=subject, reason="金额已修改", now=MONDAY) == 1

    approval.refresh_from_db()
    assert (approval.status, approval.effect) == ("voided", "done")
    assert kind.outcomes == []
    assert approval.acts.latest("pk").note == "金额已修改"
    ask(people["zhao"], kind, subject=subject)  # and may be asked for again


def test_the_card_shows_the_difference_from_the_last_approved(kind, people):
    subject = ("tests.Thing", 7)
    first = ask(people["zhao"], kind, subject=subject)
    for name in ("qian", "li"):
        services.approve(approval=first, actor=people[name], now=MONDAY)

    second = ask(people["zhao"], kind, subject=subject, form={"amount": "250.00"})

    (change,) = selectors.card_of(second).changes
    assert (change.label, change.before, change.after) == ("金额", "100.00", "250.00")


def test_an_outcome_that_is_refused_is_held_and_can_be_repeated(kind, people, boss):
    approval = ask(people["zhao"], kind)
    for name in ("qian", "li"):
        services.approve(approval=approval, actor=people[name], now=MONDAY)
    kind.problem = SubjectIsPending(number="X")

    assert services.run_effect(approval_id=approval.pk, now=MONDAY) is False
    approval.refresh_from_db()
    assert approval.effect == "held"
    assert "X" in approval.effect_problem

    kind.problem = None
    services.repeat_effect(approval=approval, actor=boss, now=MONDAY)
    assert services.run_effect(approval_id=approval.pk, now=MONDAY) is True
    assert kind.outcomes == [("approved", approval.number)]
