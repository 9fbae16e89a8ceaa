"""Kboss's own postings, through the services that the application calls."""

from datetime import date
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from apps.billing import services as billing
from apps.billing.enums import AccountKind, EntryKind
from apps.billing.selectors import verify_ledger
from apps.customers.models import Customer
from apps.rbac.models import Tenant, User

PAYERS = 200
ONE, PLENTY = Decimal("1.00"), Decimal("1000000.00")


def prepare() -> None:
    """Half of the customers have gifts, which a plain posting may spend; half have cash in lots."""
    tenant = Tenant.objects.add_root({"name": "bench", "code": "bench", "kind": "platform"})
    boss = User.objects.create_superuser("boss@kboss.test", display_name="boss", tenant=tenant)
    now = timezone.now()
    for number in range(2 * PAYERS):
        customer = Customer.objects.create(
            number=f"C{number:04}", tenant=tenant, name=f"Customer {number}", created_at=now
        )
        if number < PAYERS:
            billing.grant_gift(
                customer=customer, amount=PLENTY, key=f"gift:{number}", actor=boss, now=now
            )
        else:
            billing.record_bank_recharge(
                customer=customer, amount=PLENTY, reference=str(number), actor=boss, now=now
            )


def differences() -> int:
    """How many differences the postings left in the books: none, or the speed is worth nothing."""
    return len(verify_ledger().findings)


class Kboss:
    """One posting a transaction: from a wallet to revenue, idempotent, locked, balance kept."""

    first = 0

    def __init__(self, worker: int, hot_payer: bool = False) -> None:
        self.customers = list(Customer.objects.order_by("pk")[self.first : self.first + PAYERS])
        self._revenue = billing.of_tenant(AccountKind.REVENUE, self.customers[0].tenant_id)
        self._month = date(2026, 11, 1)
        self.worker, self.number, self._hot_payer = worker, 0, hot_payer
        connection.ensure_connection()

    def next_customer(self) -> Customer:
        self.number += 1
        index = 0 if self._hot_payer else (self.number * 2 + self.worker) % PAYERS
        return self.customers[index]

    def key(self) -> str:
        return f"{type(self).__name__}-{self.worker}-{self.number}-{id(self)}"

    def legs(self, customer: Customer) -> tuple[billing.Leg, ...]:
        gift = billing.of_customer(AccountKind.GIFT, customer.pk)
        return (billing.Leg(gift, self._revenue, ONE),)

    def post(self) -> int:
        customer = self.next_customer()
        billing.post_entry(
            key=self.key(),
            kind=EntryKind.PURCHASE,
            legs=self.legs(customer),
            source=("orders.Order", self.number),
            period=self._month,
            now=timezone.now(),
        )
        return 1


class Charge(Kboss):
    """A purchase as orders make it: split over the buckets, lots consumed, event published."""

    first = PAYERS

    def post(self) -> int:
        customer = self.next_customer()
        billing.charge_wallet(
            customer=customer,
            amount=ONE,
            key=self.key(),
            source=("orders.Order", self.number),
            now=timezone.now(),
        )
        return 1


class Batch(Kboss):
    """Usage charges: fifty postings a commit."""

    SIZE = 50

    def post(self) -> int:
        now = timezone.now()
        postings = []
        for _one in range(self.SIZE):
            customer = self.next_customer()
            postings.append(
                billing.Posting(
                    key=self.key(),
                    kind=EntryKind.USAGE,
                    legs=self.legs(customer),
                    source=("billing.Bill", str(self.number)),
                    period=self._month,
                    now=now,
                )
            )
        billing.post_entries(postings=postings)
        return self.SIZE
