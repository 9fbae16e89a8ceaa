from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Change, Fact, FieldType, FormField, Kind
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.products import services as products
from apps.products.agreement_enums import PriceListPerm
from apps.products.approvals.margins import REASON, if_deep_or_thin, in_percent, in_yuan
from apps.products.approvals.pricing import VALID_FROM
from apps.products.enums import ProductPerm
from apps.products.models import PriceList
from apps.products.selectors.price_list_card import PriceEffect, effects_of

HUNDRED = Decimal(100)


class PriceListPublication(Kind):
    """分销商产品配置: what the customers of a level see as their list prices."""

    code = "products.price_list"
    label = gettext_lazy("Price list of a level")
    number_prefix = "PLA"
    involves_money = True
    submit_permission = PriceListPerm.PUBLISH
    fields = (
        FormField("price_list", gettext_lazy("Price list")),
        FormField("prices", gettext_lazy("Prices"), FieldType.NUMBER, is_condition=True),
        FormField("fixed", gettext_lazy("Fixed prices"), FieldType.NUMBER, is_condition=True),
        VALID_FROM,
        REASON,
    )
    default_graph = standard.flow(
        standard.sales_manager(), standard.finance(), if_deep_or_thin(standard.operations())
    )

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        effects = effects_of(self._of(subject), at=timezone.now())
        margins = [one.margin_after for one in effects if one.margin_after is not None]
        return {
            "discount": max((one.off for one in effects), default=Decimal(0)),
            "margin": min(margins, default=None),
        }

    def card(self, approval: Approval) -> Card:
        listed = self._of(approval.subject)
        effects = effects_of(listed, at=approval.started_at)
        return Card(
            facts=(
                Fact("tenant", _("Distributor"), listed.tenant.name),
                Fact("price_list", _("Price list"), listed.name),
                Fact("prices", _("Prices"), approval.form["prices"]),
                Fact("fixed", _("Fixed prices"), approval.form["fixed"]),
                Fact("valid_from", _("Valid from"), approval.form["valid_from"]),
                Fact("reason", _("Reason"), approval.form["reason"]),
            ),
            changes=tuple(change for one in effects for change in _changes(one)),
            warnings=tuple(_warnings(effects)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        products.publish_approved_list(
            price_list=self._of(approval.subject),
            actor=decider_of(approval),
            now=now,
            reason=f"{approval.number}: {approval.form['reason']}",
        )

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        products.return_price_list(price_list=self._of(approval.subject), reason=approval.number)

    def _of(self, subject: tuple[str, int] | None) -> PriceList:
        rows = PriceList.objects.select_related("tenant")
        return rows.get(pk=subject[1] if subject else 0)


def _changes(effect: PriceEffect) -> list[Change]:
    price = effect.price
    if effect.is_fixed:
        pays = Change(price.name, in_yuan(effect.before), in_yuan(effect.after))
    else:
        pays = Change(price.name, "100 %", f"{((price.rate or 0) * HUNDRED).normalize():f} %")
    label = _("{name}: lowest margin").format(name=price.name)
    before, after = (in_percent(margin) for margin in (effect.margin_before, effect.margin_after))
    return [pays, Change(label, before, after, ProductPerm.VIEW_COST)]


def _warnings(effects: list[PriceEffect]) -> list[str]:
    found = []
    for effect in effects:
        if effect.margin_after is None:
            found.append(_("{name}: no cost is known.").format(name=effect.price.name))
        elif effect.margin_after < 0:
            text = _("{name}: something would be sold below its cost.")
            found.append(text.format(name=effect.price.name))
    return found
