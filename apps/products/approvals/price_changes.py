from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change, Fact, FieldType, FormField, Kind
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.core.money import format_yuan
from apps.products.approvals.margins import REASON, in_percent, in_yuan
from apps.products.enums import PriceChangeStatus, ProductPerm
from apps.products.models import PriceChange, PriceChangeBatch
from apps.products.selectors.price_changes import Margins, margins_of
from apps.products.services import price_batches

SHOWN = 20  # changes on the card: those that move the most


class PriceChangeApproval(Kind):
    """调价审批: prices that move further than a vendor's band allows."""

    code = "products.price_change"
    label = gettext_lazy("Price changes")
    number_prefix = "PCH"
    involves_money = True
    submit_permission = ProductPerm.PROPOSE_PRICE
    fields = (
        FormField("changes", gettext_lazy("SKUs"), FieldType.NUMBER, is_condition=True),
        FormField("rise", gettext_lazy("Largest rise (%)"), FieldType.NUMBER, is_condition=True),
        FormField("fall", gettext_lazy("Largest fall (%)"), FieldType.NUMBER, is_condition=True),
        REASON,
    )
    default_graph = standard.flow(standard.operations(), standard.finance())

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        changes = PriceChange.objects.filter(batch_id=subject[1] if subject else 0)
        return {"margin": margins_of(changes).after}

    def segregated(self, approval: Approval) -> set[int]:
        """Who proposed a price does not decide it."""
        proposed = self._batch(approval).changes.filter(proposed_by__isnull=False)
        return set(proposed.values_list("proposed_by_id", flat=True))

    def card(self, approval: Approval) -> Card:
        changes = self._batch(approval).changes.select_related("sku__product")
        form, margins = approval.form, margins_of(changes)
        largest = sorted(changes, key=lambda one: abs(one.percent or 0), reverse=True)[:SHOWN]
        return Card(
            facts=(
                Fact("changes", _("SKUs"), form["changes"]),
                Fact("rise", _("Largest rise"), _percent(Decimal(form["rise"]))),
                Fact("fall", _("Largest fall"), _percent(-Decimal(form["fall"]))),
                Fact("reason", _("Reason"), form["reason"]),
            ),
            changes=(
                Change(
                    _("Lowest margin"),
                    in_percent(margins.before),
                    in_percent(margins.after),
                    ProductPerm.VIEW_COST,
                ),
                *(line for one in largest for line in _lines(one)),
            ),
            warnings=tuple(_warnings(changes, margins)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        price_batches.approve_batch(
            batch=self._batch(approval), actor=decider_of(approval), now=now
        )

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        price_batches.reject_batch(batch=self._batch(approval), actor=None)

    def on_withdrawn(self, approval: Approval, now: datetime) -> None:
        price_batches.return_batch(batch=self._batch(approval), actor=approval.applicant)

    def _batch(self, approval: Approval) -> PriceChangeBatch:
        return PriceChangeBatch.objects.get(pk=approval.subject_pk or 0)


def _lines(change: PriceChange) -> list[Change]:
    """The list price for everybody who decides, what the vendor takes for those who may see it."""
    start = f"{timezone.localtime(change.effective_from):%Y-%m-%d %H:%M}"
    title = f"{change.sku.product} {change.sku} ({start})"
    found = []
    if change.unit_price != change.before_price:
        after = f"{format_yuan(change.unit_price)} ({_percent(change.percent)})"
        found.append(Change(title, in_yuan(change.before_price), after))
    if change.unit_cost != change.before_cost:
        after = f"{in_yuan(change.unit_cost)} ({_percent(change.cost_percent)})"
        label = _("{title}: vendor's price").format(title=title)
        found.append(Change(label, in_yuan(change.before_cost), after, ProductPerm.VIEW_COST))
    return found


def _warnings(changes: "QuerySet[PriceChange]", margins: Margins) -> list[str]:
    found = []
    if margins.after is not None and margins.after < 0:
        found.append(_("Something would be sold below the vendor's price."))
    counted = dict(
        changes.order_by().values_list("status").annotate(n=Count("pk")).values_list("status", "n")
    )
    if gone := counted.get(PriceChangeStatus.SUPERSEDED):
        found.append(_("{n} of the changes have been superseded meanwhile.").format(n=gone))
    if sum(counted.values()) > SHOWN:
        found.append(_("The {n} that move the most are shown.").format(n=SHOWN))
    return found


def _percent(moved: Decimal | None) -> str:
    return _("new") if moved is None else f"{moved:+.2f} %"
