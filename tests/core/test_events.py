"""Events reach their receivers at least once, whatever dies in between."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from apps.core import events, failpoints, tasks
from apps.core.events import Event, NotInTransaction, publish
from apps.core.models import AuditEntry, OutboxDelivery, OutboxEvent
from tests.support.killing import die_at


@dataclass(frozen=True)
class Rang(Event):
    bell: int


Rang.__module__ = "apps.core.tests"  # events are named after their app


@pytest.fixture
def heard(monkeypatch) -> list[int]:
    """The bells that a receiver heard; it fails as long as `heard.deaf` says so."""
    monkeypatch.setattr(events, "_receivers", events.defaultdict(dict))
    monkeypatch.setattr(events, "_kinds", {})
    bells: list[int] = []

    @events.on(Rang)
    def hear(event: Rang) -> None:
        bells.append(event.bell)

    return bells


@pytest.mark.django_db
def test_is_told_after_commit(heard, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        publish(Rang(bell=7))
        assert heard == []

    assert heard == [7]
    assert OutboxDelivery.objects.get().done_at is not None


@pytest.mark.django_db(transaction=True)
def test_is_never_told_when_the_transaction_fails(heard):
    @transaction.atomic
    def ring_and_fail() -> None:
        publish(Rang(bell=7))
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ring_and_fail()

    tasks.relay_outbox()
    assert (heard, OutboxEvent.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_needs_a_transaction(heard):
    with pytest.raises(NotInTransaction):
        publish(Rang(bell=7))


@pytest.mark.django_db
def test_a_doubled_job_delivers_once(heard):
    publish(Rang(bell=7))
    delivery = OutboxDelivery.objects.get()

    first = events.deliver(delivery_id=delivery.pk, now=timezone.now())
    second = events.deliver(delivery_id=delivery.pk, now=timezone.now())

    assert (first, second, heard) == (True, False, [7])


@pytest.mark.django_db
def test_a_failing_receiver_is_tried_again_later(heard, monkeypatch):
    publish(Rang(bell=7))
    delivery = OutboxDelivery.objects.get()
    name = delivery.receiver
    deaf = {name: lambda event: 1 / 0}
    monkeypatch.setitem(events._receivers, "core.Rang", deaf)
    now = timezone.now()

    with pytest.raises(ZeroDivisionError):
        events.deliver(delivery_id=delivery.pk, now=now)

    delivery.refresh_from_db()
    assert (delivery.attempts, delivery.done_at) == (1, None)
    assert delivery.next_attempt_at == now + timedelta(seconds=30)
    assert list(OutboxDelivery.objects.due(now)) == []
    assert list(OutboxDelivery.objects.due(now + timedelta(seconds=30))) == [delivery]


@pytest.mark.django_db
def test_pauses_grow_and_end_at_six_hours():
    pauses = [events._pause(attempts) for attempts in (0, 1, 2, 9, 10, 50)]

    assert pauses == [
        timedelta(seconds=30),
        timedelta(seconds=60),
        timedelta(seconds=120),
        timedelta(seconds=15360),
        timedelta(hours=6),
        timedelta(hours=6),
    ]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_fail_what_is_committed(heard, monkeypatch):
    def broker_is_down(delivery_id: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(events, "_deliver_soon", [broker_is_down])

    with transaction.atomic():
        publish(Rang(bell=7))

    OutboxDelivery.objects.update(next_attempt_at=timezone.now())
    tasks.relay_outbox()
    assert heard == [7]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_between_commit_and_job_nothing_is_lost(heard, monkeypatch):
    """A hundred processes die after their commit and before anybody was told."""

    def lose_the_job(delivery_id: int) -> None:
        failpoints.failpoint("between commit and job")

    monkeypatch.setattr(events, "_deliver_soon", [lose_the_job])

    def ring(bell: int) -> None:
        with transaction.atomic():
            publish(Rang(bell=bell))

    for bell in range(100):
        assert die_at("between commit and job", lambda b=bell: ring(b))

    OutboxDelivery.objects.update(next_attempt_at=timezone.now())
    tasks.relay_outbox()
    assert heard == list(range(100))
    assert AuditEntry.objects.count() == 0
