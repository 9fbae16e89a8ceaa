"""The resource API and the admin pages, for a member, a boss, a clerk and strangers."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.clouds.enums import ResourceStatus
from apps.clouds.models import CloudAccount
from apps.core.models import OutboxEvent
from tests.factories.clouds import CloudAccountFactory, ResourceFactory

pytestmark = pytest.mark.django_db

LIST = "/api/v1/resources/"


@pytest.fixture
def resource(customer):
    return ResourceFactory(customer=customer, running=True, name="web-北京")


def ids(response):
    return [row["id"] for row in response.json()["results"]]


class TestApi:
    def test_shows_a_resource_as_the_contract_says(self, api, member, resource):
        row = api(member).get(f"{LIST}{resource.pk}/").json()

        assert row["vendor"] == {
            "code": resource.account.vendor.code,
            "name": resource.account.vendor.name,
        }
        assert (row["status"], row["status_label"]) == ("running", "运行中")
        assert (row["region"], row["region_name"]) == ("cn-beijing", "北京")
        assert row["product"] == resource.sku.product.name
        assert row["expires_at"] == "2026-12-01T08:00:00+08:00"
        assert row["vendor_id"] == resource.vendor_id
        assert not {"token", "account", "tenant"} & set(row)

    def test_who_sees_it(self, api, resource, member, boss, clerk, stranger, rival_boss, outsider):
        seen = {
            user.email: ids(api(user).get(LIST))
            for user in (member, boss, clerk, stranger, rival_boss, outsider)
        }
        single = {
            user.email: api(user).get(f"{LIST}{resource.pk}/").status_code
            for user in (member, boss, clerk, stranger, rival_boss, outsider)
        }

        allowed = {member.email, boss.email}
        assert {email for email, rows in seen.items() if rows} == allowed
        assert {email for email, status in single.items() if status == 200} == allowed
        assert set(single.values()) == {200, 404}

    def test_a_clerk_sees_his_own_customers_resources(self, api, clerk, customer, resource):
        customer.owner = clerk
        customer.save()

        assert ids(api(clerk).get(LIST)) == [resource.pk]

    def test_nobody_without_signing_in(self, api, resource):
        assert api(None).get(LIST).status_code in {401, 403}

    def test_nobody_writes(self, api, boss, resource):
        answers = [
            api(boss).post(LIST, {}, format="json"),
            api(boss).patch(f"{LIST}{resource.pk}/", {"name": "x"}, format="json"),
            api(boss).delete(f"{LIST}{resource.pk}/"),
        ]

        assert {answer.status_code for answer in answers} == {405}

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("status=running", True),
            ("status=pending&status=running", True),
            ("status=released", False),
            ("region=cn-beijing", True),
            ("region=cn-shanghai", False),
            ("search=北京", True),
            ("search=203.0.113", True),
            ("search=nothing", False),
            ("expires_before=2026-12-02T00:00:00%2B08:00", True),
            ("expires_before=2026-11-02T00:00:00%2B08:00", False),
            ("vendor=nobody", False),
        ],
    )
    def test_filters(self, api, member, resource, query, found):
        assert bool(ids(api(member).get(f"{LIST}?{query}"))) is found

    def test_finds_by_vendor_and_by_the_clouds_id(self, api, member, resource):
        vendor = resource.account.vendor.code

        assert ids(api(member).get(f"{LIST}?vendor={vendor}")) == [resource.pk]
        assert ids(api(member).get(f"{LIST}?search={resource.vendor_id[:12]}")) == [resource.pk]

    def test_an_unknown_state_is_a_bad_request(self, api, member):
        assert api(member).get(f"{LIST}?status=flying").status_code == 400

    def test_asks_as_often_for_ten_rows_as_for_one(self, api, member, customer, resource):
        def count():
            client = api(member)
            with CaptureQueriesContext(connection) as queries:
                client.get(LIST)
            return len(queries)

        one = count()
        ResourceFactory.create_batch(9, customer=customer, running=True)

        assert count() == one


class TestResourceAdmin:
    URL = "/admin/clouds/resource/"

    def test_lists_and_finds(self, browse, boss, resource, customer):
        client = browse(boss)
        for query in ("", f"?q={resource.vendor_id}", f"?q={customer.name}", "?expiry=none"):
            page = client.get(f"{self.URL}{query}")
            assert page.status_code == 200
            assert (resource.name in page.content.decode()) is (query != "?expiry=none")

    def test_shows_one_and_changes_nothing(self, browse, boss, resource):
        url = f"{self.URL}{resource.pk}/change/"
        page = browse(boss).get(url)
        answer = browse(boss).post(url, {"name": "hacked", "status": "released"})

        resource.refresh_from_db()
        assert page.status_code == 200
        assert answer.status_code == 403
        assert (resource.name, resource.status) == ("web-北京", ResourceStatus.RUNNING)

    def test_who_comes_in(self, browse, resource, boss, clerk, stranger, rival_boss):
        url = f"{self.URL}{resource.pk}/change/"
        statuses = {
            user.email: browse(user).get(url).status_code
            for user in (boss, clerk, stranger, rival_boss)
        }

        assert statuses[boss.email] == 200
        assert {statuses[u.email] for u in (clerk, stranger, rival_boss)} <= {302, 403, 404}

    def test_has_the_cloud_asked(self, browse, boss, resource, sandbox_cloud):
        browse(boss).post(self.URL, {"action": "request_sync", "_selected_action": [resource.pk]})

        assert OutboxEvent.objects.filter(kind="clouds.ResourceSyncRequested").count() == 1

    def test_asks_as_often_for_ten_rows_as_for_one(self, browse, boss, customer, resource):
        client = browse(boss)

        def count():
            with CaptureQueriesContext(connection) as queries:
                client.get(self.URL)
            return len(queries)

        count()
        one = count()
        ResourceFactory.create_batch(9, customer=customer, running=True)

        assert count() == one


class TestAccountAdmin:
    URL = "/admin/clouds/cloudaccount/"

    @pytest.fixture
    def account(self, platform):
        return CloudAccountFactory(tenant=platform, secret="canary-secret-4711")

    def form(self, account, **changes):
        return {
            "name": account.name,
            "tenant": account.tenant_id,
            "vendor": account.vendor_id,
            "driver": account.driver,
            "is_active": "on",
            "access_key_id": account.access_key_id,
            "endpoint": account.endpoint,
            "new_secret": "",
            **changes,
        }

    def test_never_shows_the_secret(self, browse, boss, account):
        pages = [
            browse(boss).get(url).content.decode()
            for url in (
                self.URL,
                f"{self.URL}{account.pk}/change/",
                f"{self.URL}{account.pk}/history/",
            )
        ]

        assert "****4711" in pages[1]
        assert "canary" not in "".join(pages)

    def test_keeps_the_secret_when_none_is_typed(self, browse, boss, account):
        browse(boss).post(f"{self.URL}{account.pk}/change/", self.form(account, name="新名字"))

        account.refresh_from_db()
        assert (account.name, account.secret) == ("新名字", "canary-secret-4711")

    def test_takes_a_new_secret(self, browse, boss, account):
        browse(boss).post(
            f"{self.URL}{account.pk}/change/", self.form(account, new_secret="brand-new-8899")
        )

        account.refresh_from_db()
        assert account.secret == "brand-new-8899"

    @pytest.mark.parametrize(
        "changes", [{"access_key_id": "other"}, {"endpoint": "http://127.0.0.1:8101/"}]
    )
    def test_moving_an_account_needs_its_secret(self, browse, boss, account, settings, changes):
        settings.SANDBOX_URLS = {"cloud": "http://127.0.0.1:8101"}
        page = browse(boss).post(f"{self.URL}{account.pk}/change/", self.form(account, **changes))

        account.refresh_from_db()
        assert page.status_code == 200
        assert (account.access_key_id, account.endpoint) == ("sandbox-cloud", "")

    def test_refuses_a_foreign_address(self, browse, boss, account):
        page = browse(boss).post(
            f"{self.URL}{account.pk}/change/",
            self.form(account, endpoint="http://169.254.169.254/", new_secret="x-new-secret"),
        )

        account.refresh_from_db()
        assert page.status_code == 200
        assert account.endpoint == ""

    def test_adds_one(self, browse, boss, account, platform):
        answer = browse(boss).post(
            f"{self.URL}add/",
            self.form(account, access_key_id="second", name="第二个", new_secret="a-new-secret"),
        )

        assert answer.status_code == 302
        assert CloudAccount.objects.get(access_key_id="second").secret == "a-new-secret"

    def test_adds_none_for_another_tenant(self, browse, boss, account, rival, rival_boss):
        answer = browse(rival_boss).post(
            f"{self.URL}add/",
            self.form(account, access_key_id="stolen", new_secret="a-new-secret"),
        )

        assert answer.status_code in {200, 403}
        assert not CloudAccount.objects.filter(access_key_id="stolen").exists()

    def test_who_comes_in(self, browse, account, boss, clerk, stranger, rival_boss):
        url = f"{self.URL}{account.pk}/change/"
        statuses = {
            user.email: browse(user).get(url).status_code
            for user in (boss, clerk, stranger, rival_boss)
        }

        assert statuses[boss.email] == 200
        assert {statuses[u.email] for u in (clerk, stranger, rival_boss)} <= {302, 403, 404}

    def test_tests_the_connection(self, browse, boss, platform, sandbox_cloud):
        account = CloudAccountFactory(tenant=platform)
        page = browse(boss).post(
            self.URL,
            {"action": "test_connection", "_selected_action": [account.pk]},
            follow=True,
        )

        account.refresh_from_db()
        assert account.test_problem == ""
        assert account.tested_at is not None
        assert "已连接" in page.content.decode()

    def test_asks_as_often_for_ten_rows_as_for_one(self, browse, boss, account, platform):
        client = browse(boss)

        def count():
            with CaptureQueriesContext(connection) as queries:
                client.get(self.URL)
            return len(queries)

        count()
        one = count()
        for number in range(9):
            CloudAccountFactory(
                tenant=platform, vendor=account.vendor, access_key_id=f"key-{number}"
            )

        assert count() == one
