import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.notifications.models import Delivery
from tests.factories.notifications import DeliveryFactory

pytestmark = pytest.mark.django_db

URL = "/admin/notifications/delivery/"


@pytest.fixture
def delivery(platform):
    return DeliveryFactory(tenant=platform, body="canary-482913", recipient="canary@example.com")


def test_shows_that_something_was_sent_but_not_what(browse, boss, delivery):
    client = browse(boss)
    pages = [
        client.get(url).content.decode()
        for url in (URL, f"{URL}{delivery.pk}/change/", f"{URL}{delivery.pk}/history/")
    ]

    assert "l***@example.com" in pages[0]
    assert "充值成功" in pages[1]
    assert "canary" not in "".join(pages)


def test_who_comes_in(browse, delivery, boss, clerk, stranger, rival_boss):
    statuses = {
        user.email: browse(user).get(f"{URL}{delivery.pk}/change/").status_code
        for user in (boss, clerk, stranger, rival_boss)
    }

    assert statuses[boss.email] == 200
    assert {statuses[user.email] for user in (clerk, stranger, rival_boss)} <= {302, 403, 404}


def test_messages_of_no_tenant_are_the_platforms(boss, rival_boss, delivery, clerk):
    code = DeliveryFactory(sms=True, tenant=None)

    assert set(Delivery.objects.visible_to(boss)) == {delivery, code}
    assert set(Delivery.objects.visible_to(rival_boss)) == set()
    assert set(Delivery.objects.visible_to(clerk)) == set()


def test_nobody_changes_or_probes_it(browse, boss, delivery):
    client = browse(boss)
    written = client.post(f"{URL}{delivery.pk}/change/", {"subject": "x"})
    probed = client.get(f"{URL}?body__startswith=canary")

    delivery.refresh_from_db()
    assert written.status_code == 403
    assert probed.status_code in {302, 400}
    assert delivery.subject == "充值成功"


def test_asks_as_often_for_ten_rows_as_for_one(browse, boss, platform, delivery):
    client = browse(boss)

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(URL)
        return len(queries)

    count()
    one = count()
    DeliveryFactory.create_batch(9, tenant=platform)

    assert count() == one
