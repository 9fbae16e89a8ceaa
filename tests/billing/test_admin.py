from decimal import Decimal

import pytest
from django.urls import reverse

from apps.billing import services as billing
from apps.billing.models import Account, BillItem, Entry, PaymentNotice, PayoutStop, Recharge
from apps.billing.selectors import wallet_of
from apps.core.models import OutboxEvent
from apps.rbac.models import User
from tests.factories.billing import NOON, PayoutStopFactory, RechargeFactory, bill, fund, spend
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db
LISTS = (
    "walletbalance",
    "account",
    "entry",
    "recharge",
    "bill",
    "billitem",
    "paymentnotice",
)


@pytest.fixture
def business(customer, boss):
    """One of everything, of one customer."""
    billing.grant_gift(customer=customer, amount=Decimal(5), key="g", actor=boss, now=NOON)
    recharge = fund(customer, "100.00")
    spend(customer, "20.00", key="buy")
    billing.refund_charge(key_of_charge="buy", amount=Decimal(3), key="r", now=NOON)
    month = bill(customer, "30.00")
    notice = PaymentNotice.objects.create(
        provider="alipay", event="n1", recharge=recharge, outcome="credited", received_at=NOON
    )
    return {
        "walletbalance": customer.wallet,
        "account": Account.objects.get(kind="cash", owner=customer),
        "entry": Entry.objects.get(key="buy"),
        "recharge": recharge,
        "bill": month,
        "billitem": BillItem.objects.first(),
        "paymentnotice": notice,
    }


def page(model, thing=None, act="change"):
    if thing is None:
        return reverse(f"admin:billing_{model}_changelist")
    return reverse(f"admin:billing_{model}_{act}", args=[thing.pk])


@pytest.mark.parametrize("model", LISTS)
def test_finance_sees_list_page_and_history(business, boss, browse, model):
    client = browse(boss)

    for address in (
        page(model),
        page(model, business[model]),
        page(model, business[model], "history"),
    ):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("model", LISTS)
def test_others_see_nothing(business, stranger, rival_boss, browse, model):
    assert browse(stranger).get(page(model)).status_code == 403
    rival = browse(rival_boss)
    assert rival.get(page(model, business[model])).status_code == 302  # to the index: not found
    answer = rival.get(page(model))
    assert answer.status_code == 403 or business[model] not in answer.context["cl"].result_list


@pytest.mark.parametrize("model", LISTS)
def test_the_books_cannot_be_edited(business, boss, browse, model):
    client, thing = browse(boss), business[model]

    before = type(thing).objects.filter(pk=thing.pk).values().get()

    deleted = client.post(page(model, thing, "delete"), {"post": "yes"})
    client.post(page(model, thing), {"amount": "1.00", "cash": "999.00", "credit_limit": "0.00"})

    assert deleted.status_code == 403
    assert type(thing).objects.filter(pk=thing.pk).values().get() == before


def test_a_page_shows_why_and_both_sides(business, boss, browse):
    client = browse(boss)

    wallet = client.get(page("walletbalance", business["walletbalance"])).content.decode()
    entry = client.get(page("entry", business["entry"])).content.decode()

    assert "¥58.00" in wallet
    assert str(business["entry"].number) in wallet
    assert "revenue:t" in entry
    assert "¥15.00" in entry


@pytest.mark.parametrize("model", LISTS)
def test_lists_cost_the_same_for_one_row_and_ten(
    business, platform, boss, browse, model, django_assert_max_num_queries
):
    client = browse(boss)
    client.get(page(model))
    with django_assert_max_num_queries(30) as few:
        client.get(page(model))
    for number in range(9):
        other = CustomerFactory(tenant=platform)
        recharge = fund(other, "10.00")
        bill(other, "1.00", "2.00")
        PaymentNotice.objects.create(
            provider="alipay",
            event=f"m{number}",
            recharge=recharge,
            outcome="credited",
            received_at=NOON,
        )

    with django_assert_max_num_queries(len(few)):
        client.get(page(model))


def test_totals_stand_above_the_list(business, platform, boss, browse):
    fund(CustomerFactory(tenant=platform), "11.11")

    answer = browse(boss).get(page("walletbalance"))

    assert dict(answer.context["totals"])["现金"] == "¥69.11"


def test_a_number_finds_its_entry(business, boss, browse):
    answer = browse(boss).get(page("entry"), {"q": business["entry"].number})

    assert [entry.pk for entry in answer.context["cl"].result_list] == [business["entry"].pk]


def test_a_credit_limit_is_never_typed_in(business, boss, browse, customer):
    before = wallet_of(customer).credit_limit

    answer = browse(boss).post(
        page("walletbalance", business["walletbalance"]), {"credit_limit": "500.00"}
    )

    assert answer.status_code == 403
    assert wallet_of(customer).credit_limit == before


def test_finance_records_a_bank_transfer(customer, boss, browse):
    facts = {"customer": customer.pk, "amount": "500.00", "channel_trade_no": "ICBC-1"}
    client = browse(boss)

    first = client.post(reverse("admin:billing_recharge_add"), facts)
    again = client.post(reverse("admin:billing_recharge_add"), facts, follow=True)

    assert (first.status_code, wallet_of(customer).cash) == (302, Decimal("500.00"))
    assert Recharge.objects.count() == 1
    assert "已用于另一笔充值" in again.content.decode()


def test_sales_cannot_record_a_bank_transfer(clerk, customer, browse):
    customer.owner = User.objects.get(pk=clerk.pk)
    customer.save()
    facts = {"customer": customer.pk, "amount": "500.00", "channel_trade_no": "ICBC-1"}

    answer = browse(clerk).post(reverse("admin:billing_recharge_add"), facts)

    assert (answer.status_code, wallet_of(customer).cash) == (403, 0)


def test_asking_the_channel_is_left_to_a_job(customer, boss, browse):
    asked = RechargeFactory(customer=customer)

    browse(boss).post(
        page("recharge"), {"action": "request_settlement", "_selected_action": [asked.pk]}
    )

    told = OutboxEvent.objects.get(kind="billing.SettlementRequested")
    assert told.payload == {"recharge_id": asked.pk}


def test_payouts_go_on_once_the_books_agree(business, boss, browse):
    stop = PayoutStopFactory()

    browse(boss).post(
        page("payoutstop"),
        {"action": "lift_payout_stop", "_selected_action": [stop.pk]},
        follow=True,
    )

    assert PayoutStop.objects.get().lifted_at is not None


@pytest.mark.parametrize("model", ["walletbalance", "entry", "recharge", "bill", "billitem"])
def test_lists_are_exported_safely(business, boss, browse, model):
    address = reverse(f"admin:billing_{model}_export")
    client = browse(boss)

    assert client.get(address).status_code == 200
    answer = client.post(address, {"format": "0", "resource": ""})
    assert answer.status_code == 200
