from datetime import UTC, datetime, timedelta

import pytest

from apps.clouds import services, tasks
from apps.clouds.enums import ResourceStatus
from apps.clouds.errors import ResourceIsNotMissing, VendorUnknown
from apps.clouds.models import Resource
from apps.core.audit import timeline
from apps.core.errors import Forbidden, NotFound
from apps.core.models import OutboxEvent
from tests.factories.clouds import CloudAccountFactory, ResourceFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


@pytest.fixture
def running(sandbox_cloud, now):
    resource = ResourceFactory()
    instance = services.provision(resource=resource, now=now)
    return services.activate_resource(
        resource=resource, instance=instance, now=now - timedelta(days=1)
    )


def status_of(resource):
    resource.refresh_from_db()
    return resource.status


def test_takes_over_a_release_at_the_cloud(running, now):
    services.release(resource=running)

    changed = services.sync_account(account=running.account, now=now)
    again = services.sync_account(account=running.account, now=now)

    assert (changed, again) == (1, 0)
    assert status_of(running) == ResourceStatus.RELEASED
    assert timeline(running).last().reason == "released at the cloud"


def test_leaves_what_still_runs(running, now):
    assert services.sync_account(account=running.account, now=now) == 0
    assert status_of(running) == ResourceStatus.RUNNING
    assert running.synced_at == now


def test_one_that_the_cloud_forgot_waits_for_a_person_unless_it_is_new(sandbox_cloud, now):
    old = ResourceFactory(running=True)
    new = ResourceFactory(running=True, account=old.account, activated_at=now)

    changed = services.sync_account(account=old.account, now=now)
    again = services.sync_account(account=old.account, now=now + timedelta(minutes=5))

    assert (changed, again) == (1, 0)
    assert (status_of(old), status_of(new)) == (ResourceStatus.RUNNING, ResourceStatus.RUNNING)
    assert (old.missing_since, new.missing_since) == (now, None)
    assert list(Resource.objects.drifting()) == [old]
    assert timeline(old).get().verb == "resource.missed"


def test_one_that_was_missed_and_comes_back_is_no_drift(running, now):
    Resource.objects.filter(pk=running.pk).update(missing_since=now)

    services.sync_account(account=running.account, now=now)

    assert status_of(running) == ResourceStatus.RUNNING
    assert running.missing_since is None


class TestConfirming:
    @pytest.fixture
    def missing(self, customer, now):
        return ResourceFactory(customer=customer, running=True, missing_since=now)

    def test_a_person_says_that_it_is_gone(self, missing, boss, now):
        services.confirm_released(resource=missing, actor=boss, now=now)

        assert status_of(missing) == ResourceStatus.RELEASED
        assert not Resource.objects.drifting().exists()
        assert timeline(missing).last().actor_id == boss.pk

    @pytest.mark.parametrize("who", ["clerk", "stranger", "rival_boss", "member"])
    def test_not_everybody(self, who, missing, now, request):
        with pytest.raises((NotFound, Forbidden)):
            services.confirm_released(resource=missing, actor=request.getfixturevalue(who), now=now)

        assert status_of(missing) == ResourceStatus.RUNNING

    def test_only_of_what_is_missing(self, boss, customer, now):
        resource = ResourceFactory(customer=customer, running=True)

        with pytest.raises(ResourceIsNotMissing):
            services.confirm_released(resource=resource, actor=boss, now=now)

        assert status_of(resource) == ResourceStatus.RUNNING

    def test_the_queue_in_the_admin(self, missing, boss, customer, browse):
        ResourceFactory(customer=customer, running=True)
        client = browse(boss)

        page = client.get("/admin/clouds/resource/", {"drift": "missing"})
        assert list(page.context["cl"].result_list) == [missing]
        client.post(
            "/admin/clouds/resource/",
            {"action": "confirm_released", "_selected_action": [missing.pk]},
        )

        assert status_of(missing) == ResourceStatus.RELEASED


def test_a_silent_cloud_changes_nothing_and_stops_no_other(running, now, sandbox_cloud):
    services.release(resource=running)
    CloudAccountFactory(access_key_id="unknown")
    sandbox_cloud.faults.add("500", "DescribeInstances", times=3)

    with pytest.raises(VendorUnknown):
        services.sync_account(account=running.account, now=now)
    untouched = status_of(running)

    assert untouched == ResourceStatus.RUNNING
    assert tasks.sync_accounts() == 1


def test_paid_time_ends_and_says_so(now):
    over = ResourceFactory(running=True, expires_at=now)
    paid = ResourceFactory(running=True, expires_at=now + timedelta(seconds=1))
    by_use = ResourceFactory(running=True, expires_at=None)

    assert services.expire_due(now=now) == 1

    assert [status_of(resource) for resource in (over, paid, by_use)] == [
        ResourceStatus.EXPIRED,
        ResourceStatus.RUNNING,
        ResourceStatus.RUNNING,
    ]
    assert over.expired_at == now
    assert [event.kind for event in OutboxEvent.objects.all()] == ["clouds.ResourceExpired"]


def test_the_sweep_is_a_job():
    ResourceFactory(running=True, expires_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert tasks.expire_resources() == 1
    assert tasks.expire_resources() == 0


def test_who_may_have_a_resource_checked(boss, clerk, stranger, rival_boss, customer, now):
    resource = ResourceFactory(customer=customer, running=True)
    services.request_sync(resource=resource, actor=boss, now=now)

    for actor in (clerk, stranger, rival_boss):
        with pytest.raises((NotFound, Forbidden)):
            services.request_sync(resource=resource, actor=actor, now=now)

    assert OutboxEvent.objects.filter(kind="clouds.ResourceSyncRequested").count() == 1
