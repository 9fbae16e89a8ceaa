import pytest
from django.db import connection

from apps.clouds import services
from apps.clouds.adapters.registry import adapter_for, allowed_endpoint
from apps.clouds.errors import DriverIsForbidden, EndpointIsForbidden
from apps.clouds.models import CloudAccount
from apps.core.audit import timeline
from apps.core.errors import Forbidden, NotFound
from tests.factories.clouds import CloudAccountFactory

KEYS = {"access_key_id": "a", "secret": "s"}


@pytest.mark.django_db
def test_the_connection_is_tested_and_remembered(platform, boss, now, sandbox_cloud):
    good = CloudAccountFactory(tenant=platform)
    bad = CloudAccountFactory(tenant=platform, secret="wrong-secret")

    outcomes = [
        services.test_connection(account=account, actor=boss, now=now) for account in (good, bad)
    ]

    good.refresh_from_db()
    bad.refresh_from_db()
    assert outcomes == ["", bad.test_problem]
    assert "SignatureDoesNotMatch" in bad.test_problem
    assert good.tested_at == bad.tested_at == now
    assert timeline(good).get().facts == {"is_connected": True}


@pytest.mark.django_db
def test_a_stranger_and_another_tenant_test_nothing(platform, stranger, rival_boss, clerk, now):
    account = CloudAccountFactory(tenant=platform)

    for actor in (stranger, rival_boss, clerk):
        with pytest.raises((Forbidden, NotFound)):
            services.test_connection(account=account, actor=actor, now=now)

    account.refresh_from_db()
    assert account.tested_at is None


@pytest.mark.django_db
def test_the_secret_lies_encrypted_and_out_of_the_history():
    account = CloudAccountFactory(secret="canary-secret-4711")

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM clouds_cloudaccount")
        stored = str(cursor.fetchall())
        cursor.execute("SELECT * FROM clouds_historicalcloudaccount")
        stored += str(cursor.fetchall())

    assert "canary" not in stored
    assert CloudAccount.objects.get(pk=account.pk).secret == "canary-secret-4711"
    assert account.secret_tail == "****4711"


def test_the_sandbox_does_not_exist_in_production(settings):
    settings.IS_SANDBOX = False

    with pytest.raises(DriverIsForbidden):
        adapter_for("sandbox", **KEYS)


def test_an_unknown_driver_is_refused():
    with pytest.raises(DriverIsForbidden):
        adapter_for("nimbus", **KEYS)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/",
        "http://127.0.0.1:22/",
        "http://localhost:8101",
        "http://[::ffff:127.0.0.1]:8101",
        "https://127.0.0.1:8101",
        "http://user@127.0.0.1:8101",
        "http://127.0.0.1:8101@evil.example",
        "http://127.0.0.1:8101.evil.example",
        "http://127.0.0.1:8101/?x=1",
        "http://127.0.0.1:8101/admin",
        "ftp://127.0.0.1:8101",
        "file:///etc/passwd",
        "//127.0.0.1:8101",
    ],
)
def test_no_address_but_the_clouds_own_is_connected_to(settings, endpoint):
    settings.SANDBOX_URLS = {"cloud": "http://127.0.0.1:8101"}

    with pytest.raises(EndpointIsForbidden):
        allowed_endpoint("sandbox", endpoint)


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:8101", "http://127.0.0.1:8101/"])
def test_the_clouds_own_address_is_fine(settings, endpoint):
    settings.SANDBOX_URLS = {"cloud": "http://127.0.0.1:8101"}

    assert allowed_endpoint("sandbox", endpoint) == "http://127.0.0.1:8101"
