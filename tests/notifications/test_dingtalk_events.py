from datetime import timedelta

import pytest

from apps.notifications import tasks
from apps.notifications.models import DingtalkEvent
from apps.notifications.services import dingtalk
from kboss.celery import app
from tests.factories.dingtalk import DingtalkEventFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def test_are_forgotten_after_90_days(dingtalk_settings, now, monkeypatch):
    monkeypatch.setattr(dingtalk, "PRUNED_AT_ONCE", 2)
    kept = DingtalkEventFactory(settings=dingtalk_settings, received_at=now - timedelta(days=90))
    DingtalkEventFactory.create_batch(
        5, settings=dingtalk_settings, received_at=now - timedelta(days=90, seconds=1)
    )

    assert dingtalk.prune_events(now=now) == 5
    assert dingtalk.prune_events(now=now) == 0
    assert list(DingtalkEvent.objects.all()) == [kept]


def test_the_clock_forgets_them_each_night(dingtalk_settings):
    DingtalkEventFactory(settings=dingtalk_settings, received_at="2020-01-01T00:00Z")
    entries = [one["task"] for one in app.conf.beat_schedule.values()]

    assert entries.count("notifications.prune_dingtalk_events") == 1
    assert tasks.prune_dingtalk_events() == 1
