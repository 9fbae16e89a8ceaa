from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from apps.billing import services as billing
from apps.billing.chart import Leg, Posting, of_customer, of_tenant
from apps.billing.enums import AccountKind, EntryKind
from apps.billing.errors import (
    AmountIsNotPositive,
    EntryIsMalformed,
    InsufficientBalance,
    KeyWasUsed,
)
from apps.billing.models import Account, Entry, Transfer, WalletBalance
from apps.billing.selectors import verify_ledger, wallet_of
from apps.billing.sql import literal
from tests.factories.billing import bill, fund, spend
from tests.factories.customers import CustomerFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]
MONTH = date(2026, 11, 1)


@pytest.fixture
def gift(customer):
    """Legs that give the customer a gift."""

    def legs(amount: str) -> list[Leg]:
        cost = of_tenant(AccountKind.PROMOTION, customer.tenant_id)
        return [Leg(cost, of_customer(AccountKind.GIFT, customer.pk), Decimal(amount))]

    return legs


def post(legs, now, key="k", kind=EntryKind.GIFT, source=("x.X", 1), period=MONTH):
    return billing.post_entry(key=key, kind=kind, legs=legs, source=source, period=period, now=now)


def test_writes_entry_transfer_and_balance(customer, gift, now):
    entry = post(gift("12.34"), now)

    transfer = Transfer.objects.select_related("debit", "credit").get()
    assert (entry.hit, entry.amount, entry.balance) == (False, Decimal("12.34"), Decimal("12.34"))
    assert (transfer.entry_id, transfer.amount) == (entry.pk, Decimal("12.34"))
    assert (transfer.debit.kind, transfer.credit.kind) == ("promotion", "gift")
    assert wallet_of(customer).gift == Decimal("12.34")


def test_what_comes_back_is_what_is_stored(gift, now):
    entry = post(gift("12.34"), now)

    stored = Entry.objects.get()
    names = [field.attname for field in Entry._meta.concrete_fields]
    assert {n: getattr(entry, n) for n in names} == {n: getattr(stored, n) for n in names}


def test_the_same_key_and_body_give_the_first_entry(customer, gift, now):
    first = post(gift("5.00"), now)

    again = post(gift("5.00"), now)

    assert (again.pk, again.hit) == (first.pk, True)
    assert (Entry.objects.count(), Transfer.objects.count()) == (1, 1)
    assert wallet_of(customer).gift == Decimal("5.00")


@pytest.mark.parametrize(
    "change",
    [
        {"legs": "5.01"},
        {"kind": EntryKind.REFUND},
        {"source": ("x.X", 2)},
        {"period": date(2026, 12, 1)},
    ],
)
def test_the_same_key_with_another_body_is_refused(customer, gift, now, change):
    post(gift("5.00"), now)
    amount = change.pop("legs", "5.00")

    with pytest.raises(KeyWasUsed):
        post(gift(amount), now, **change)

    assert (Entry.objects.count(), wallet_of(customer).gift) == (1, Decimal("5.00"))


@pytest.mark.parametrize("other", ["K", "k ", "ḱ", " k"])
def test_keys_that_look_alike_are_different(customer, gift, now, other):
    post(gift("5.00"), now)
    post(gift("5.00"), now, key=other)

    assert wallet_of(customer).gift == Decimal("10.00")


def test_a_replay_needs_no_balance(customer, now):
    fund(customer, "10.00")
    first = spend(customer, "10.00", key="once")

    again = spend(customer, "10.00", key="once")

    assert (again.hit, again.entry.pk) == (True, first.entry.pk)
    assert (again.cash, again.gift, again.credit) == (Decimal("10.00"), 0, 0)


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1E16"])
def test_amounts_are_positive_whole_fen(gift, now, amount):
    with pytest.raises(AmountIsNotPositive):
        post(gift(amount), now)

    assert not Entry.objects.exists()


def test_an_overdraft_is_refused_and_leaves_nothing(customer, now):
    revenue = of_tenant(AccountKind.REVENUE, customer.tenant_id)
    legs = [Leg(of_customer(AccountKind.GIFT, customer.pk), revenue, Decimal("0.01"))]

    with pytest.raises(InsufficientBalance):
        post(legs, now, kind=EntryKind.PURCHASE)

    assert (Entry.objects.count(), Transfer.objects.count()) == (0, 0)


def test_a_malformed_entry_is_refused(customer, gift, now):
    own = of_customer(AccountKind.GIFT, customer.pk)
    other = of_customer(AccountKind.GIFT, CustomerFactory().pk)
    cash = of_customer(AccountKind.CASH, customer.pk)

    for debit, credit in ((own, own), (own, other), (cash, own)):
        with pytest.raises(EntryIsMalformed):
            post([Leg(debit, credit, Decimal(1))], now)
    with pytest.raises(EntryIsMalformed):
        post([], now)
    with pytest.raises(EntryIsMalformed):
        post(gift("1.00"), now, period=date(2026, 11, 2))

    assert not Entry.objects.exists()


def test_a_batch_posts_all_and_finds_what_it_posted(customer, gift, now):
    def batch(*numbers):
        return [
            Posting(
                key=f"b{n}",
                kind=EntryKind.GIFT,
                legs=tuple(gift("1.00")),
                source=("x.X", str(n)),
                period=MONTH,
                now=now,
            )
            for n in numbers
        ]

    first = billing.post_entries(postings=batch(1, 2, 3))
    second = billing.post_entries(postings=batch(2, 4, 4))

    assert [entry.hit for entry in first] == [False, False, False]
    assert [entry.balance for entry in first] == [1, 2, 3]
    assert [(e.key, e.hit) for e in second] == [("b2", True), ("b4", False), ("b4", False)]
    assert wallet_of(customer).gift == Decimal("4.00")
    assert verify_ledger().is_clean


def test_a_batch_is_all_or_nothing(customer, gift, now):
    revenue = of_tenant(AccountKind.REVENUE, customer.tenant_id)
    too_much = Leg(of_customer(AccountKind.GIFT, customer.pk), revenue, Decimal("9.00"))
    postings = [
        Posting("a", EntryKind.GIFT, tuple(gift("1.00")), ("x.X", "1"), MONTH, now),
        Posting("b", EntryKind.PURCHASE, (too_much,), ("x.X", "2"), MONTH, now),
    ]

    with pytest.raises(InsufficientBalance):
        billing.post_entries(postings=postings)

    assert (Entry.objects.count(), wallet_of(customer).gift) == (0, 0)


def test_posting_costs_few_statements(customer, gift, now, django_assert_num_queries):
    post(gift("1.00"), now)

    # savepoint, lock, entry, transfers, balance, release
    with django_assert_num_queries(6):
        post(gift("1.00"), now, key="second")


@pytest.mark.parametrize("text", ["1", "1 OR 1", 1.5, b"1"])
def test_only_numbers_are_written_into_a_statement(text):
    with pytest.raises(TypeError):
        literal(text)


def test_numbers_are_written_out_in_full():
    written = [literal(n) for n in (7, None, Decimal("1E+3"), Decimal("-0.01"), Decimal("1E-2"))]

    assert written == ["7", "NULL", "1000", "-0.01", "0.01"]


GUARDED = ("billing_entry", "billing_transfer", "billing_lotuse", "billing_billitem")


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize("act", ["UPDATE {0} SET id = id + 0", "DELETE FROM {0}"])
def test_the_database_refuses_to_change_what_was_posted(customer, table, act):
    fund(customer, "10.00")
    bill(customer, "4.00")

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(act.format(table))

    assert verify_ledger().is_clean


@pytest.mark.parametrize("bucket", ["cash", "gift", "frozen", "owed"])
def test_the_database_refuses_a_negative_balance(customer, bucket):
    fund(customer, "10.00")

    with pytest.raises(IntegrityError), transaction.atomic():
        WalletBalance.objects.update(**{bucket: Decimal("-0.01")})


def test_the_database_refuses_an_unbalanced_transfer(customer):
    fund(customer, "10.00")
    entry, account = Entry.objects.get(), Account.objects.first()
    other = Account.objects.last()

    for debit, credit, amount in (
        (account, account, "1.00"),
        (account, other, "0.00"),
        (account, other, "-1.00"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Transfer.objects.create(entry=entry, debit=debit, credit=credit, amount=Decimal(amount))
