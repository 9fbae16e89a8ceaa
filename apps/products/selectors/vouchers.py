"""Vouchers for the engine, and for the customer who chooses among his own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Count

from apps.customers.models import Customer
from apps.products.enums import BillingMode
from apps.products.models import Voucher, VoucherBatch
from apps.products.pricing import Kind, Rule, Window
from apps.products.pricing.facts.rules import PROMOTION
from apps.products.selectors.limits import Limit

VOUCHER = "voucher"
PREPAID = frozenset(mode.value for mode in BillingMode if not mode.is_metered)


def voucher_rules(customer: Customer, ids: Sequence[int], at: datetime) -> Iterator[Rule]:
    """The rules of those vouchers that are the customer's to use; nobody else's ever count."""
    rows = Voucher.objects.usable(at).filter(pk__in=ids, customer=customer).with_batch()
    vouchers = list(rows.order_by("valid_until", "pk"))
    together = all(voucher.batch.with_vouchers for voucher in vouchers)
    return (rule_of_voucher(voucher, together=together) for voucher in vouchers)


def rule_of_voucher(voucher: Voucher, *, together: bool = False) -> Rule:
    """`together` lets other vouchers count beside it. One that does not go with promotions takes
    their place in the stack."""
    batch = voucher.batch
    alone = VOUCHER if batch.with_promotions else PROMOTION
    rule = batch.as_row().as_rule(key_prefix=VOUCHER, kind=Kind.VOUCHER)
    return replace(
        rule,
        where=replace(rule.where, billing_modes=rule.where.billing_modes or PREPAID),
        key=voucher.rule_key,
        window=Window(voucher.valid_from, voucher.valid_until),
        stack_group=voucher.rule_key if together and batch.with_promotions else alone,
    )


def voucher_limits(_pks: Sequence[int]) -> dict[int, Limit]:
    """None: a voucher is its own limit. Its uses are noted all the same."""
    return {}


def is_prepaid(billing_mode: str) -> bool:
    """Whether an order pays for it: a voucher cannot pay what is billed later, by use."""
    return billing_mode in PREPAID


def counts_of(batch: VoucherBatch) -> dict[str, int]:
    """How many vouchers of the batch are in each state."""
    rows = Voucher.objects.filter(batch=batch).order_by().values_list("status")
    return dict(rows.annotate(n=Count("pk")))
