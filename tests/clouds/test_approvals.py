"""资源释放: asked for, approved, carried out at the cloud by a job."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.approvals import kinds
from apps.approvals.enums import ApprovalStatus, EffectStatus
from apps.approvals.errors import SubjectIsPending
from apps.billing import services as billing
from apps.clouds import services as clouds
from apps.clouds import tasks
from apps.clouds.enums import ResourceStatus
from apps.clouds.errors import ResourceIsNotThere, VendorUnknown
from apps.clouds.models import BillPeriod
from apps.clouds.services import releasing
from apps.core.errors import Forbidden, NotFound
from apps.core.models import OutboxEvent
from tests.factories.bills import focus_csv, imported, usage_row
from tests.factories.clouds import ResourceFactory
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree, refuse

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def approvers(platform, roles):
    codes = ("operations", "administrator")
    return {code: give_role(StaffFactory(tenant=platform), code) for code in codes}


@pytest.fixture
def resource(customer):
    return ResourceFactory(customer=customer, running=True)


@pytest.fixture
def cloud(monkeypatch):
    """What the cloud was asked to release; `problem` is how it answers."""
    asked = []

    def answer(*, resource):
        if asked == ["silent"]:
            raise VendorUnknown(reason="timeout")
        asked.append(resource.pk)

    monkeypatch.setattr(releasing, "release", answer)
    return asked


def ask(resource, actor, now):
    return clouds.request_release(resource=resource, reason="不再使用", actor=actor, now=now)


def test_the_cloud_is_asked_by_a_job(resource, boss, now, cloud):
    approval = ask(resource, boss, now)

    agree(approval, now)

    assert approval.effect == EffectStatus.DONE
    assert OutboxEvent.objects.filter(kind="clouds.ResourceReleaseApproved").count() == 1
    assert cloud == []  # no network in the transaction of the outcome
    clouds.carry_out_release(approval=approval, now=now)
    resource.refresh_from_db()
    assert (resource.status, cloud) == (ResourceStatus.RELEASED, [resource.pk])


def test_a_second_job_asks_the_cloud_nothing(resource, boss, now, cloud):
    approval = ask(resource, boss, now)
    agree(approval, now)

    clouds.carry_out_release(approval=approval, now=now)
    clouds.carry_out_release(approval=approval, now=now)

    assert cloud == [resource.pk]


def test_a_lost_job_is_found(resource, boss, now, cloud):
    approval = ask(resource, boss, now)
    agree(approval, now)
    assert clouds.due_releases(now=now) == [approval.pk]

    tasks.release_approved(approval_id=approval.pk)

    assert clouds.due_releases(now=now) == []


def test_a_silent_cloud_is_asked_again(resource, boss, now, cloud):
    approval = ask(resource, boss, now)
    agree(approval, now)
    cloud.append("silent")

    with pytest.raises(VendorUnknown):
        clouds.carry_out_release(approval=approval, now=now)

    resource.refresh_from_db()
    assert resource.status == ResourceStatus.RUNNING
    assert clouds.due_releases(now=now) == [approval.pk]


def test_a_refusal_releases_nothing(resource, boss, now, cloud):
    refuse(ask(resource, boss, now), now)

    assert clouds.due_releases(now=now) == []
    resource.refresh_from_db()
    assert resource.status == ResourceStatus.RUNNING


def test_the_card_tells_what_is_lost(resource, boss, now):
    resource.expires_at = now + timedelta(days=12)
    resource.save()

    warnings = kinds.get("clouds.resource_release").card(ask(resource, boss, now)).warnings

    assert len(warnings) == 2
    assert "12" in warnings[1]


def test_gone_meanwhile_it_is_held(resource, boss, now):
    approval = ask(resource, boss, now)
    clouds.release_resource(resource=resource, now=now)

    agree(approval, now)

    assert approval.effect == EffectStatus.HELD


def test_only_what_is_there_and_once(resource, boss, now):
    ask(resource, boss, now)

    with pytest.raises(SubjectIsPending):
        ask(resource, boss, now)
    clouds.release_resource(resource=resource, now=now)
    with pytest.raises(ResourceIsNotThere):
        ask(resource, boss, now)


def test_others_may_not_ask(resource, stranger, rival_boss, outsider, now):
    for person in (stranger, rival_boss, outsider):
        with pytest.raises((Forbidden, NotFound)):
            ask(resource, person, now)


def test_another_bill_of_the_month_voids_its_settlement(platform, boss, now):
    imported(focus_csv([usage_row(BilledCost="10.00")]), tenant=platform)
    period = BillPeriod.objects.get()
    approval = billing.request_supplier_settlement(
        tenant=platform,
        supplier="云厂商",
        month=period.month,
        amount=Decimal("10.00"),
        reason="月结",
        subject=("clouds.BillPeriod", period.pk),
        actor=boss,
        now=now,
    )

    imported(focus_csv([usage_row(BilledCost="11.00")]), tenant=platform)

    period.refresh_from_db()
    approval.refresh_from_db()
    assert period.billed_total == Decimal("11.00")
    assert approval.status == ApprovalStatus.VOIDED
