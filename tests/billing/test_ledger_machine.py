"""Random business against a model in plain Python: the books, the lots and the model always agree.

KBOSS_LEDGER_EXAMPLES=400 makes it a long run of 20,000 steps; hypothesis prints the seed.
"""

import os
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from apps.billing import services as billing
from apps.billing.enums import EntryKind
from apps.billing.errors import InsufficientBalance, RefundIsTooHigh, ReversalIsTooHigh
from apps.billing.models import Bill, Entry, Lot, Transfer
from apps.billing.selectors import verify_ledger, wallet_of
from apps.billing.shares import next_shares
from apps.rbac.models import User
from tests.factories.billing import NOON, fund, spend, usage
from tests.factories.customers import CustomerFactory
from tests.factories.rbac import TenantFactory

EXAMPLES = int(os.environ.get("KBOSS_LEDGER_EXAMPLES", "12"))
STEPS = 50
ZERO = Decimal("0.00")
amounts = st.integers(1, 9999).map(lambda fen: Decimal(fen) / 100)
usages = st.lists(st.decimals(0, 40, places=5), min_size=1, max_size=4)


class Business(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        number = Bill.objects.count() + Entry.objects.count()
        tenant = TenantFactory()
        self.boss = User.objects.create_superuser(f"{tenant.code}{number}@x.test", tenant=tenant)
        self.customer = CustomerFactory(tenant=tenant)
        self.serial = 0
        self.gift = self.cash = self.owed = self.limit = ZERO
        self.charges: dict[str, list[Decimal]] = {}  # key → gift, cash, credit that paid it
        self.returned: dict[str, list[Decimal]] = {}

    def key(self) -> str:
        self.serial += 1
        return f"{self.customer.pk}:{self.serial}"

    @rule(amount=amounts)
    def recharge(self, amount: Decimal) -> None:
        fund(self.customer, amount)
        repaid = min(self.cash + amount, self.owed)
        self.owed -= repaid
        self.cash += amount - repaid

    @rule(amount=amounts)
    def give(self, amount: Decimal) -> None:
        billing.grant_gift(
            customer=self.customer, amount=amount, key=self.key(), actor=self.boss, now=NOON
        )
        self.gift += amount

    @rule(limit=st.sampled_from(["0.00", "20.00", "500.00"]))
    def set_limit(self, limit: str) -> None:
        self.limit = Decimal(limit)
        billing.set_credit_limit(
            customer=self.customer, limit=self.limit, actor=self.boss, now=NOON
        )

    @rule(amount=amounts)
    def buy(self, amount: Decimal) -> None:
        key = self.key()
        gift = min(self.gift, amount)
        cash = min(self.cash, amount - gift)
        credit = amount - gift - cash
        if credit and self.owed + credit > self.limit:
            with pytest.raises(InsufficientBalance):
                spend(self.customer, str(amount), key=key)
            return
        spend(self.customer, str(amount), key=key)
        self.gift, self.cash, self.owed = self.gift - gift, self.cash - cash, self.owed + credit
        self.charges[key], self.returned[key] = [gift, cash, credit], [ZERO, ZERO, ZERO]

    @precondition(lambda self: self.charges)
    @rule(data=st.data(), amount=amounts, is_all=st.booleans(), is_reversal=st.booleans())
    def refund(self, data: st.DataObject, amount: Decimal, is_all: bool, is_reversal: bool) -> None:
        of = data.draw(st.sampled_from(sorted(self.charges)))
        paid, returned = self.charges[of], self.returned[of]
        left = sum(paid) - sum(returned)
        amount = left if is_all and left else amount

        def give_back() -> object:
            if is_reversal:
                return self.reverse(Entry.objects.get(key=of), amount, key)
            return billing.refund_charge(key_of_charge=of, amount=amount, key=key, now=NOON)

        key = self.key()
        if amount > left:
            with pytest.raises(RefundIsTooHigh):
                give_back()
            return
        give_back()
        assert give_back().hit  # type: ignore[attr-defined]
        shares = next_shares(amount, paid=paid, returned=returned)
        self.returned[of] = [back + share for back, share in zip(returned, shares, strict=True)]
        gift_back, cash_back, credit_back = shares
        settled = min(credit_back, self.owed)
        self.owed -= settled
        self.cash += cash_back + credit_back - settled
        self.gift += gift_back

    @rule(data=st.data(), amount=amounts)
    def take_back(self, data: st.DataObject, amount: Decimal) -> None:
        """A gift or a recharge was a mistake: what is left of it is taken out again."""
        kinds = (EntryKind.GIFT, EntryKind.RECHARGE)
        came = Entry.objects.filter(customer=self.customer, kind__in=kinds).order_by("pk")
        if not came:
            return
        entry = data.draw(st.sampled_from(list(came)), label="entry")
        key = self.key()
        is_gift = entry.kind == EntryKind.GIFT
        left = billing.reversible(entry=entry)
        if amount > left or (is_gift and amount > self.gift):
            with pytest.raises(ReversalIsTooHigh if amount > left else InsufficientBalance):
                self.reverse(entry, amount, key)
            return
        self.reverse(entry, amount, key)
        assert self.reverse(entry, amount, key).hit
        if is_gift:
            self.gift -= amount
        else:
            self.cash -= amount

    def reverse(self, entry: Entry, amount: Decimal, key: str) -> Entry:
        return billing.adjust_wallet(
            entry=entry, amount=amount, key=key, actor=self.boss, now=NOON, reason="冲账"
        )

    @precondition(lambda self: self.charges)
    @rule(data=st.data())
    def replay(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.charges)))
        amount = -Entry.objects.get(key=key).amount
        assert spend(self.customer, str(amount), key=key).hit

    def billed(self) -> Decimal:
        return sum(Bill.objects.values_list("total", flat=True), ZERO)

    @rule(month=st.integers(1, 3), payables=usages)
    def use(self, month: int, payables: list[Decimal]) -> None:
        before = self.billed()
        billing.charge_usage(
            customer=self.customer,
            month=date(2026, month, 1),
            items=[usage(str(amount), resource=f"i-{n}") for n, amount in enumerate(payables)],
            key="usage",
            now=NOON,
        )
        difference = self.billed() - before  # a closed month's changes are in another bill
        if difference > 0:
            gift = min(self.gift, difference)
            cash = min(self.cash, difference - gift)
            self.gift, self.cash = self.gift - gift, self.cash - cash
            self.owed += difference - gift - cash
        elif difference < 0:
            # Where it goes depends on how each revision was paid; the sum is what is certain.
            wallet = wallet_of(self.customer)
            assert wallet.balance == self.gift + self.cash - self.owed - difference
            self.gift, self.cash, self.owed = wallet.gift, wallet.cash, wallet.owed

    @invariant()
    def wallet_is_as_expected(self) -> None:
        wallet = wallet_of(self.customer)
        found = (wallet.gift, wallet.cash, wallet.owed, wallet.credit_limit)
        assert found == (self.gift, self.cash, self.owed, self.limit)

    @invariant()
    def lots_are_the_cash(self) -> None:
        lots = Lot.objects.filter(customer=self.customer)
        assert sum((lot.remaining for lot in lots), ZERO) == self.cash

    @invariant()
    def debits_are_credits(self) -> None:
        legs: dict[int, Decimal] = {}
        for row in Transfer.objects.filter(entry__customer=self.customer).values():
            legs[row["debit_id"]] = legs.get(row["debit_id"], ZERO) + row["amount"]
            legs[row["credit_id"]] = legs.get(row["credit_id"], ZERO) - row["amount"]
        assert sum(legs.values(), ZERO) == 0

    def teardown(self) -> None:
        assert [str(finding) for finding in verify_ledger().findings] == []


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.slow
def test_random_business_keeps_the_books():
    run_state_machine_as_test(
        Business,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
