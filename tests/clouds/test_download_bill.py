import csv
import io

import pytest
from django.core.management import CommandError, call_command

from apps.clouds import services
from tests.factories.clouds import CloudAccountFactory, ResourceFactory

pytestmark = pytest.mark.django_db


def test_fetches_what_the_customers_resources_used(sandbox_cloud, now, tmp_path):
    resource = ResourceFactory(billing_mode="hourly")
    instance = services.provision(resource=resource, now=now)
    sandbox_cloud.state.advance(3600)
    file = tmp_path / "bill.csv"

    call_command("download_bill", resource.account_id, "2026-11", str(file))

    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig"), newline="")))
    assert {row["ResourceId"] for row in rows} == {instance.id}
    assert {row["SubAccountId"] for row in rows} == {resource.customer.number}
    assert {row["ServiceCategory"] for row in rows} == {"Compute", "Networking"}


def test_leaves_no_half_a_file(sandbox_cloud, tmp_path):
    account = CloudAccountFactory(secret="wrong")
    file = tmp_path / "bill.csv"

    with pytest.raises(CommandError, match="SignatureDoesNotMatch"):
        call_command("download_bill", account.pk, "2026-11", str(file))

    assert list(tmp_path.iterdir()) == []


def test_says_that_there_is_no_such_account(tmp_path):
    with pytest.raises(CommandError, match="no cloud account 4711"):
        call_command("download_bill", 4711, "2026-11", str(tmp_path / "bill.csv"))
