"""Taking what is limited: exactly as much as a rule may give, however many pay at once.

Counters are taken by conditional UPDATEs in the order of their keys, and missing counters are
opened in that order, too: two buyers wait for each other in one direction only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.products.errors import CapIsReached, ClaimWasReleased, RuleIsStopped
from apps.products.models import Quote, RuleClaim, RuleCounter
from apps.products.models.claims import WHOLE
from apps.products.pricing import Caps, Counts
from apps.products.selectors.limits import Limit, is_counted, limits_of, scope_of_customer
from apps.products.selectors.vouchers import VOUCHER
from apps.products.services.vouchers.lives import (
    release_vouchers,
    reserve_vouchers,
    use_vouchers,
)

ZERO = Decimal("0.00")
WHOLE_IS_GONE = _("sold out")
BUDGET_IS_GONE = _("its budget is used up")
DAY_IS_GONE = _("today's share is gone, there is more tomorrow")
SHARE_IS_GONE = _("you have had as much as one customer can get")


@dataclass(frozen=True, slots=True)
class Cap:
    """One counter that a claim has to fit into."""

    rule_key: str
    scope: str
    most: int | None
    reason: StrOrPromise
    budget: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PromisedGift:
    """Balance that an order earns."""

    rule_key: str
    name: str
    amount: Decimal


@transaction.atomic
def claim_rules(*, quote: Quote, key: str, now: datetime) -> list[RuleClaim]:
    """Take what the quote's limited and promotional rules give, all of it or nothing. Once for
    each key. Trusted: called by the transaction that pays.

    :raises CapIsReached: if somebody was quicker; the basket must be priced again
    :raises RuleIsStopped: if a person has paused the promotion
    :raises ClaimWasReleased: if the key's claims were given back
    """
    claims = sorted(claims_of(quote=quote, key=key, now=now), key=lambda claim: claim.rule_key)
    earlier = list(RuleClaim.objects.filter(key=key)) if claims else []
    if any(claim.released_at for claim in earlier):
        raise ClaimWasReleased(key=key)
    if earlier or not claims:
        return earlier
    limits = limits_of(claim.rule_key for claim in claims)
    for claim in claims:
        _judge(claim, limits.get(claim.rule_key))
    for cap, claim, limit in _in_order(claims, limits):
        _take(cap, claim, limit)
    reserve_vouchers(savings=_by_voucher(claims), customer_id=quote.customer_id, key=key, now=now)
    return RuleClaim.objects.bulk_create(claims)


@transaction.atomic
def release_claims(*, key: str, now: datetime) -> int:
    """Give back what the key took; how many claims. Trusted: idempotent, for orders that ended
    before they began."""
    held = RuleClaim.objects.select_for_update().filter(key=key, released_at__isnull=True)
    claims = list(held.order_by("rule_key"))
    limits = limits_of(claim.rule_key for claim in claims)
    for cap, claim, limit in _in_order([claim for claim in claims if claim.is_counted], limits):
        _counter(cap).update(
            taken=F("taken") - _measure(claim, limit.caps), amount=F("amount") - claim.amount
        )
    for claim in claims:
        claim.released_at = max(now, claim.claimed_at)
    RuleClaim.objects.bulk_update(claims, ["released_at"])
    release_vouchers(key=key, now=now)
    return len(claims)


@transaction.atomic
def settle_claims(*, key: str, now: datetime) -> None:
    """The order is done: its vouchers are used for good. Trusted: idempotent."""
    use_vouchers(key=key, now=now)


def claims_of(*, quote: Quote, key: str, now: datetime) -> list[RuleClaim]:
    """What an order of the quote takes, as rows that are not written yet. Trusted: reads."""
    return [
        RuleClaim(
            key=key,
            rule_key=claim["rule"],
            customer_id=quote.customer_id,
            quote=quote,
            day=timezone.localdate(now),
            units=claim["units"],
            orders=claim["orders"],
            amount=Decimal(claim["amount"]),
            is_counted=False,
            claimed_at=now,
        )
        for claim in quote.facts.get("claims", ())
        if is_counted(claim["rule"])
    ]


def gifts_of(*, quote: Quote) -> list[PromisedGift]:
    """What the quote promises beside its price, once it is paid and delivered. Trusted: reads."""
    return [
        PromisedGift(gift["rule"]["key"], gift["rule"]["name"], Decimal(gift["amount"]))
        for gift in quote.facts.get("gifts", ())
    ]


@transaction.atomic
def recount(*, rule_keys: Sequence[str], now: datetime) -> None:
    """Set the counters by the claims: before a rule goes live its caps may have changed.

    Trusted: nobody can claim these rules, for they are not live yet.
    """
    RuleCounter.objects.filter(rule_key__in=rule_keys).delete()
    limits = limits_of(rule_keys)
    for rule_key, limit in sorted(limits.items()):
        claims = RuleClaim.objects.filter(rule_key=rule_key, released_at__isnull=True)
        RuleCounter.objects.bulk_create(_counters(rule_key, limit.caps, claims))
        claims.update(is_counted=_is_capped(limit.caps))


@transaction.atomic
def recount_pool(*, pool: str, members: Sequence[str]) -> None:
    """Set the counter of a shared budget by the claims of all rules that draw on it.

    Trusted: nobody can claim these rules, for they are not live yet.
    """
    RuleCounter.objects.filter(rule_key=pool).delete()
    claims = RuleClaim.objects.filter(rule_key__in=members, released_at__isnull=True)
    sums = claims.aggregate(units=Sum("units"), given=Sum("amount"))
    RuleCounter.objects.create(
        rule_key=pool, scope=WHOLE, taken=sums["units"] or 0, amount=sums["given"] or ZERO
    )
    claims.update(is_counted=True)


def _is_capped(caps: Caps) -> bool:
    limits = (caps.total, caps.per_day, caps.per_customer, caps.budget, caps.pool_budget)
    return any(most is not None for most in limits)


def caps_of(*, claim: RuleClaim, caps: Caps) -> Iterator[Cap]:
    """The counters of the rule that a claim goes through. Trusted: reads."""
    rule_key = claim.rule_key
    if caps.total is not None or caps.budget is not None:
        yield Cap(rule_key, WHOLE, caps.total, WHOLE_IS_GONE, caps.budget)
    if caps.per_customer is not None:
        customer = scope_of_customer(claim.customer_id)
        yield Cap(rule_key, customer, caps.per_customer, SHARE_IS_GONE)
    if caps.per_day is not None:
        day = f"day:{claim.day.isoformat()}"
        yield Cap(rule_key, day, caps.per_day, DAY_IS_GONE)


def _in_order(
    claims: Sequence[RuleClaim], limits: Mapping[str, Limit]
) -> list[tuple[Cap, RuleClaim, Limit]]:
    """Every counter that the claims go through, by its key: also a budget that rules share, which
    two orders may come to by different rules."""
    found = []
    for claim in claims:
        limit = limits.get(claim.rule_key)
        if limit is None:
            continue
        found += [(cap, claim, limit) for cap in caps_of(claim=claim, caps=limit.caps)]
        if limit.caps.pool_budget is not None:
            pool = Cap(limit.caps.pool, WHOLE, None, BUDGET_IS_GONE, limit.caps.pool_budget)
            found.append((pool, claim, limit))
    return sorted(found, key=lambda each: (each[0].rule_key, each[0].scope, each[1].rule_key))


def _by_voucher(claims: Sequence[RuleClaim]) -> dict[int, Decimal]:
    """The vouchers among the claims, and what each pays."""
    parts = [(claim.rule_key.partition(":"), claim.amount) for claim in claims]
    return {int(number): amount for (prefix, _sep, number), amount in parts if prefix == VOUCHER}


def _judge(claim: RuleClaim, limit: Limit | None) -> None:
    if limit is None:
        return
    if limit.is_stopped:
        raise RuleIsStopped(rule=limit.name)
    claim.is_counted = _is_capped(limit.caps)


def _take(cap: Cap, claim: RuleClaim, limit: Limit) -> None:
    measure, counter = _measure(claim, limit.caps), _counter(cap)
    if _add(counter, cap, measure, claim.amount):
        return
    _open(cap)
    if not _add(counter, cap, measure, claim.amount):
        raise CapIsReached(rule=limit.name, reason=_reason(counter, cap, measure))


def _counter(cap: Cap) -> QuerySet[RuleCounter]:
    return RuleCounter.objects.filter(rule_key=cap.rule_key, scope=cap.scope)


def _add(counter: QuerySet[RuleCounter], cap: Cap, measure: int, amount: Decimal) -> bool:
    """Take from one counter; False, and nothing taken, when its cap does not allow it."""
    room = Q()
    if cap.most is not None:
        room &= Q(taken__lte=cap.most - measure)
    if cap.budget is not None:
        room &= Q(amount__lte=cap.budget - amount)
    taken = counter.filter(room).update(taken=F("taken") + measure, amount=F("amount") + amount)
    return taken == 1


def _open(cap: Cap) -> None:
    """Have a counter, and hold its row. An INSERT that meets a duplicate would share a lock that
    the UPDATE then wants alone; ON DUPLICATE KEY UPDATE wants it alone from the beginning."""
    target = ["rule_key", "scope"]
    RuleCounter.objects.bulk_create(
        [RuleCounter(rule_key=cap.rule_key, scope=cap.scope)],
        update_conflicts=True,
        update_fields=["scope"],
        unique_fields=target if connection.features.supports_update_conflicts_with_target else None,
    )


def _reason(counter: QuerySet[RuleCounter], cap: Cap, measure: int) -> StrOrPromise:
    taken = counter.values_list("taken", flat=True).first() or 0
    fits = cap.most is None or taken + measure <= cap.most
    return BUDGET_IS_GONE if fits else cap.reason


def _measure(claim: RuleClaim, caps: Caps) -> int:
    return claim.units if caps.counts is Counts.UNITS else claim.orders


def _counters(rule_key: str, caps: Caps, claims: QuerySet[RuleClaim]) -> list[RuleCounter]:
    measure = Sum(caps.counts)
    found: dict[str, RuleCounter] = {}
    for row in claims.values("customer_id", "day").annotate(
        taken=measure, given=Sum("amount"), rows=Count("pk")
    ):
        claim = RuleClaim(rule_key=rule_key, customer_id=row["customer_id"], day=row["day"])
        for cap in caps_of(claim=claim, caps=caps):
            counter = found.setdefault(
                cap.scope, RuleCounter(rule_key=rule_key, scope=cap.scope, amount=ZERO)
            )
            counter.taken += row["taken"]
            counter.amount += row["given"]
    return list(found.values())
