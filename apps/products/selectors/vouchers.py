"""Vouchers for the engine, and for the customer who chooses among his own."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from apps.customers.models import Customer
from apps.products.models import Voucher
from apps.products.pricing import Kind, Rule, Window
from apps.products.pricing.facts.rules import PROMOTION

VOUCHER = "voucher"


def voucher_rules(customer: Customer, ids: Sequence[int], at: datetime) -> Iterator[Rule]:
    """The rules of those vouchers that are the customer's to use; nobody else's ever count."""
    usable = Voucher.objects.usable(at).filter(pk__in=ids, customer=customer)
    rows = usable.select_related("batch__sku", "batch__product", "batch__category", "batch__vendor")
    vouchers = list(rows.order_by("valid_until", "pk"))
    together = all(voucher.batch.with_vouchers for voucher in vouchers)
    return (rule_of_voucher(voucher, together=together) for voucher in vouchers)


def rule_of_voucher(voucher: Voucher, *, together: bool = False) -> Rule:
    """`together` lets other vouchers count beside it. One that does not go with promotions takes
    their place in the stack."""
    batch = voucher.batch
    alone = VOUCHER if batch.with_promotions else PROMOTION
    return replace(
        batch.as_rule(key_prefix=VOUCHER, kind=Kind.VOUCHER),
        key=voucher.rule_key,
        window=Window(voucher.valid_from, voucher.valid_until),
        stack_group=voucher.rule_key if together and batch.with_promotions else alone,
    )
