import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from apps.clouds.adapters.base import Capability, ChargeMode, InstanceRequest, InstanceStatus
from apps.clouds.errors import VendorRefused, VendorThrottled, VendorUnknown

WANTED = InstanceRequest(
    region="cn-beijing",
    instance_type="s.small",
    name="网站 1",
    owner="C20261122000001",
    charge_mode=ChargeMode.METERED,
    periods=1,
    specification={"vcpu": 2, "memory_gib": 4},
)


def test_tells_about_every_capability_and_why_not(rig):
    capabilities = rig.adapter.capabilities()

    assert set(capabilities) == set(Capability)
    assert all(support.is_supported or str(support.reason) for support in capabilities.values())


def test_same_token_gives_the_same_instance(rig):
    first = rig.adapter.create_instance(WANTED, "t-1")
    second = rig.adapter.create_instance(WANTED, "t-1")

    assert first == second
    assert (first.name, first.region, first.token) == ("网站 1", "cn-beijing", "t-1")
    assert [instance.id for instance in rig.adapter.list_instances()] == [first.id]


def test_refuses_another_request_with_the_same_token(rig):
    rig.adapter.create_instance(WANTED, "t-1")

    with pytest.raises(VendorRefused) as refusal:
        rig.adapter.create_instance(replace(WANTED, instance_type="s.large"), "t-1")

    assert refusal.value.is_stock_out is False
    assert len(rig.adapter.list_instances()) == 1


def test_becomes_running_and_is_found_by_id_and_by_token(rig):
    made = rig.adapter.create_instance(WANTED, "t-1")
    rig.advance(6)

    by_id, by_token = rig.adapter.describe_instance(made.id), rig.adapter.find_by_token("t-1")

    assert made.status == InstanceStatus.PENDING
    assert by_id == by_token
    assert by_id.status == InstanceStatus.RUNNING
    assert by_id.public_ip


def test_knows_nothing_of_what_was_never_made(rig):
    assert rig.adapter.find_by_token("never") is None
    assert rig.adapter.describe_instance("i-never") is None
    assert rig.adapter.list_instances() == []


def test_releases_once_and_is_content_when_it_is_gone(rig):
    made = rig.adapter.create_instance(WANTED, "t-1")
    rig.adapter.release_instance(made.id)
    rig.adapter.release_instance(made.id)
    rig.adapter.release_instance("i-never")

    gone = rig.adapter.describe_instance(made.id)

    assert gone is None or gone.status == InstanceStatus.RELEASED


def test_a_stock_out_is_a_refusal_that_says_so(rig):
    rig.sell_out("s.small")

    with pytest.raises(VendorRefused) as refusal:
        rig.adapter.create_instance(WANTED, "t-1")

    assert refusal.value.is_stock_out is True
    assert rig.adapter.find_by_token("t-1") is None


@pytest.mark.parametrize(
    "kind", ["timeout_after_success", "drop_after_success", "500_after_success", "malformed"]
)
def test_no_clear_answer_is_unknown_and_the_token_tells_the_truth(rig, kind):
    rig.fail(kind, "RunInstances")

    with pytest.raises(VendorUnknown):
        rig.adapter.create_instance(WANTED, "t-1")

    found = rig.adapter.find_by_token("t-1")
    assert rig.adapter.create_instance(WANTED, "t-1").id == found.id
    assert len(rig.adapter.list_instances()) == 1


def test_an_error_before_the_act_is_unknown_too(rig):
    rig.fail("500", "RunInstances")

    with pytest.raises(VendorUnknown):
        rig.adapter.create_instance(WANTED, "t-1")

    assert rig.adapter.find_by_token("t-1") is None


def test_being_throttled_is_no_failure(rig):
    rig.fail("429", "RunInstances")

    with pytest.raises(VendorThrottled):
        rig.adapter.create_instance(WANTED, "t-1")

    assert rig.adapter.find_by_token("t-1") is None


def test_never_repeats_a_change_by_itself(rig):
    rig.fail("500", "RunInstances", times=2)

    for _ in range(2):
        with pytest.raises(VendorUnknown):
            rig.adapter.create_instance(WANTED, "t-1")

    assert rig.adapter.create_instance(WANTED, "t-1").token == "t-1"


@pytest.mark.parametrize("kind", ["500", "429", "malformed", "drop_after_success"])
def test_repeats_a_question_twice(rig, kind):
    made = rig.adapter.create_instance(WANTED, "t-1")
    rig.fail(kind, "DescribeInstances", times=2)

    assert rig.adapter.describe_instance(made.id).id == made.id


def test_gives_up_a_question_in_the_end(rig):
    rig.fail("500", "DescribeInstances", times=3)

    with pytest.raises(VendorUnknown):
        rig.adapter.list_instances()


def test_lists_each_instance_once_whatever_the_cloud_says(rig):
    made = rig.adapter.create_instance(WANTED, "t-1")
    rig.fail("duplicate", "DescribeInstances")

    assert [instance.id for instance in rig.adapter.list_instances()] == [made.id]


def test_a_wrong_secret_is_refused(rig):
    with pytest.raises(VendorRefused) as refusal:
        rig.stranger.balance()

    assert refusal.value.vendor_code == "SignatureDoesNotMatch"
    assert "wrong" not in repr(rig.stranger.__dict__)


def test_tells_our_balance(rig):
    balance = rig.adapter.balance()

    assert (balance.available, balance.currency) == (Decimal("1000000.00"), "CNY")


def test_downloads_the_usage_of_a_month_by_owner(rig):
    made = rig.adapter.create_instance(WANTED, "t-1")
    rig.advance(3700)
    month, file = date(2026, 11, 1), io.BytesIO()

    rows = list(rig.adapter.list_usage(month))
    rig.adapter.download_bill(month, file)

    assert {row["ResourceId"] for row in rows} == {made.id}
    assert {row["SubAccountId"] for row in rows} == {WANTED.owner}
    assert {row["ProviderName"] for row in rows} == {rig.adapter.provider_name}
    assert all(Decimal(row["ListCost"]) >= 0 for row in rows)
    assert file.getvalue().count(b"\r\n") == len(rows) + 1


def test_tells_its_whole_price_list_whatever_its_length(rig):
    rig.publish({f"s.{number:03}": f"{number}.50" for number in range(250)})

    listed = rig.adapter.price_list()

    assert listed.currency == "CNY"
    assert listed.as_of.tzinfo is not None
    assert len(listed.prices) == 250
    assert {price.sku: price.unit_cost for price in listed.prices}["s.007"] == Decimal("7.50")


@pytest.mark.parametrize("kind", ["500", "429", "malformed", "drop_after_success", "duplicate"])
def test_asks_for_prices_again_and_lists_each_once(rig, kind):
    rig.publish({"s.small": "12.00", "s.large": "48.00"})
    rig.fail(kind, "DescribePrices", times=2)

    assert [price.sku for price in rig.adapter.price_list().prices] == ["s.large", "s.small"]


def test_a_price_list_of_which_a_part_is_missing_is_none(rig):
    rig.publish({f"s.{number:03}": "1.00" for number in range(150)})
    rig.fail("500", "DescribePrices", times=3)

    with pytest.raises(VendorUnknown):
        rig.adapter.price_list()


@pytest.mark.parametrize("price", ["-1.00", "NaN", "much", ""])
def test_nonsense_is_no_price(rig, price):
    rig.publish({"s.small": price})

    with pytest.raises(VendorUnknown):
        rig.adapter.price_list()
