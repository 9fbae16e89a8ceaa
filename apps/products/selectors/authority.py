"""How far somebody may go by himself with a discount by hand (PRC-6)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from apps.core.money import ZERO, format_yuan
from apps.customers.models import Customer
from apps.products import ports
from apps.products.models import DiscountAuthority, ManualDiscount
from apps.products.models.visibility import lineage
from apps.products.pricing import PricedLine, PricedQuote, Subject
from apps.rbac.models import User

DEAL = timedelta(days=30)  # within which several discounts are one
RANKS = {"product": 0, "category": 1, "vendor": 2, "all": 3}


@dataclass(frozen=True)
class Verdict:
    """One line with a discount by hand: whether it is within somebody's authority, or why not."""

    place: int
    product: int | None
    off: Decimal
    share: Decimal  # of the list price that is left, in percent
    authority: DiscountAuthority | None
    reasons: tuple[str, ...]

    @property
    def is_within(self) -> bool:
        return self.authority is not None and not self.reasons


def verdicts(
    *,
    customer: Customer,
    actor: User,
    before: PricedQuote,
    after: PricedQuote,
    at: datetime,
) -> list[Verdict]:
    """Judge each line that the discounts by hand made cheaper. Lines of one product are one deal,
    with what was given on it within 30 days."""
    lines = list(zip(before.lines, after.lines, strict=True))
    cheaper = [place for place, (old, new) in enumerate(lines) if new.amount < old.amount]
    if not cheaper:
        return []
    offs: defaultdict[int | None, Decimal] = defaultdict(lambda: ZERO)
    for place in cheaper:
        old, new = lines[place]
        offs[new.line.subject.product] += old.amount - new.amount
    earlier = given_before(customer=customer, products=[key for key in offs if key], at=at)
    rows = authorities_of(actor=actor, customer=customer)
    found = []
    for place in cheaper:
        old, new = lines[place]
        product = new.line.subject.product
        past = earlier.get(product or 0, ZERO)
        found.append(_judge(place, old, new, (offs[product], past), rows))
    return found


def authorities_of(*, actor: User, customer: Customer) -> list[DiscountAuthority]:
    """What the roles of `actor` allow towards the customer, where it is set."""
    rows = DiscountAuthority.objects.filter(
        tenant__path__in=lineage(customer.tenant),
        role__user_roles__user=actor,
        is_active=True,
    )
    return list(rows.select_related("role", "product", "category", "vendor").order_by("pk"))


def given_before(
    *, customer: Customer, products: Collection[int], at: datetime
) -> Mapping[int, Decimal]:
    """What was given by hand on the products within 30 days; quotes that ran out unordered do not
    count."""
    rows = ManualDiscount.objects.filter(
        customer=customer, product__in=products, given_at__gt=at - DEAL, given_at__lte=at
    )
    over = rows.filter(quote__expires_at__lte=at).values_list("quote_id", flat=True)
    unordered = set(over) - ports.ordered(set(over))
    sums = rows.exclude(quote__in=unordered).order_by().values_list("product")
    return dict(sums.annotate(Sum("off")))


def _judge(
    place: int,
    old: PricedLine,
    new: PricedLine,
    offs: tuple[Decimal, Decimal],
    rows: Sequence[DiscountAuthority],
) -> Verdict:
    share = new.amount * 100 / new.list_amount if new.list_amount else Decimal(100)
    best: tuple[DiscountAuthority | None, tuple[str, ...]] = (None, (_nobody(new),))
    for authority in _in_question(rows, new.line.subject):
        reasons = tuple(_objections(authority, new, share, offs))
        if best[0] is None or len(reasons) < len(best[1]):
            best = (authority, reasons)
    return Verdict(
        place=place,
        product=new.line.subject.product,
        off=old.amount - new.amount,
        share=share.quantize(Decimal("0.01")),
        authority=best[0],
        reasons=best[1],
    )


def _in_question(rows: Sequence[DiscountAuthority], subject: Subject) -> list[DiscountAuthority]:
    """Of each role, the narrowest row that covers the line."""
    narrowest: dict[int, DiscountAuthority] = {}
    for row in rows:
        if row.covers(subject):
            known = narrowest.get(row.role_id)
            if known is None or RANKS[row.scope] < RANKS[known.scope]:
                narrowest[row.role_id] = row
    return list(narrowest.values())


def _objections(
    authority: DiscountAuthority,
    line: PricedLine,
    share: Decimal,
    offs: tuple[Decimal, Decimal],
) -> list[str]:
    now, earlier = offs
    names = {"sku": line.line.sku_name, "role": str(authority.role)}
    found = []
    if share < authority.lowest_rate * 100:
        text = _("{sku}: {share} % of the list price; {role} may go down to {lowest} %.")
        lowest = f"{(authority.lowest_rate * 100).normalize():f}"
        found.append(text.format(**names, share=f"{share:.2f}", lowest=lowest))
    if authority.min_margin is not None and _is_thin(line, authority.min_margin):
        found.append(_("{sku}: less margin is left than {role} must keep.").format(**names))
    if authority.most_off is not None and now + earlier > authority.most_off:
        text = _(
            "{sku}: {now} now and {earlier} within the last 30 days on the same product are one"
            " deal; {role} may give {most} in all."
        )
        amounts = {"now": now, "earlier": earlier, "most": authority.most_off}
        found.append(text.format(**names, **{name: format_yuan(x) for name, x in amounts.items()}))
    return found


def _is_thin(line: PricedLine, margin: Decimal) -> bool:
    """An unknown cost leaves no margin that could be shown."""
    cost = line.cost_amount
    return cost is None or line.amount < cost * (1 + margin)


def _nobody(line: PricedLine) -> str:
    text = _("{sku}: none of your roles may give discounts on it.")
    return text.format(sku=line.line.sku_name)
