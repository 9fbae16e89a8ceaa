from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from apps.approvals import standard
from apps.approvals.enums import ApprovalStatus
from apps.approvals.kinds import Card, Change, Fact, FieldType, FormField, Kind, facts_of
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.core.events import publish
from apps.customers.models import Customer
from apps.products import services as products
from apps.products.approvals.margins import REASON, below_cost, if_deep_or_thin, in_percent
from apps.products.enums import DiscountScope, ProductPerm
from apps.products.events import DistributorPricingApproved
from apps.products.periods import midnight
from apps.products.selectors.margins import lowest_margin
from apps.products.services.discounts import HUNDRED, KINDS
from apps.rbac.models import Tenant, User

WINDOW = timedelta(days=30)  # within which several small requests count as one large (PRC-6)
PERCENT = FormField(
    "percent", gettext_lazy("Customer pays (%)"), FieldType.PERCENT, is_condition=True
)
VALID_FROM = FormField("valid_from", gettext_lazy("Valid from"), FieldType.DATE)


class Discount(Kind):
    """A price of a customer: how much he pays of what, and what that leaves us."""

    involves_money = True
    submit_permission = ProductPerm.REQUEST_PRICING
    fields = (
        FormField("name", gettext_lazy("Name of the discount")),
        PERCENT,
        FormField(
            "scope",
            gettext_lazy("Covers"),
            FieldType.CHOICE,
            tuple(DiscountScope.choices),
            is_condition=True,
        ),
        FormField("target", gettext_lazy("In particular")),
        FormField(
            "target_id", pgettext_lazy("pricing", "Key"), FieldType.NUMBER, is_required=False
        ),
        VALID_FROM,
        FormField("valid_until", gettext_lazy("Valid until"), FieldType.DATE, is_required=False),
        REASON,
    )

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        percent = Decimal(str(form["percent"]))
        tenant = Customer.objects.get(pk=customer_id or 0).tenant
        return {"discount": HUNDRED - percent, "margin": self._margin(tenant, form, percent)}

    def segregated(self, approval: Approval) -> set[int]:
        owner_id = self._customer(approval).owner_id
        return {owner_id} if owner_id else set()

    def card(self, approval: Approval) -> Card:
        form, customer = approval.form, self._customer(approval)
        percent = Decimal(form["percent"])
        before, after = (self._margin(approval.tenant, form, share) for share in (HUNDRED, percent))
        shown = {name: value for name, value in form.items() if name != "target_id"}
        return Card(
            facts=(
                Fact("customer", _("Customer"), f"{customer.name} ({customer.number})"),
                *facts_of(self, shown),
            ),
            changes=(
                Change(_("Customer pays"), "100 %", f"{percent.normalize():f} %"),
                Change(
                    _("Lowest margin"), in_percent(before), in_percent(after), ProductPerm.VIEW_COST
                ),
            ),
            warnings=tuple(self._warnings(approval, after)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        form = approval.form
        until = form.get("valid_until")
        products.grant_discount(
            customer=self._customer(approval),
            name=form["name"],
            percent=Decimal(form["percent"]),
            scope=DiscountScope(form["scope"]),
            target_id=int(form["target_id"]) if form.get("target_id") else None,
            valid_from=date.fromisoformat(form["valid_from"]),
            valid_until=date.fromisoformat(until) if until else None,
            actor=decider_of(approval),
            now=now,
            reason=f"{approval.number}: {form['reason']}",
        )

    def _customer(self, approval: Approval) -> Customer:
        return Customer.objects.get(pk=approval.customer_id or 0)

    def _margin(self, tenant: Tenant, form: Mapping[str, Any], percent: Decimal) -> Decimal | None:
        target_id = form.get("target_id")
        return lowest_margin(
            tenant=tenant,
            scope=DiscountScope(form["scope"]),
            target_id=int(target_id) if target_id else None,
            percent=percent,
        )

    def _warnings(self, approval: Approval, margin: Decimal | None) -> list[str]:
        found = below_cost(margin)
        others = Approval.objects.filter(
            kind__in=KINDS,
            customer_id=approval.customer_id,
            status=ApprovalStatus.APPROVED,
            started_at__gte=approval.started_at - WINDOW,
            started_at__lte=approval.started_at,
        ).exclude(pk=approval.pk)
        if count := others.count():
            text = _("{count} other requests of this customer were approved within 30 days.")
            found.append(text.format(count=count))
        return found


class CustomerPricing(Discount):
    """客户产品配置: the price that an agreement gives a customer."""

    code = "products.customer_pricing"
    label = gettext_lazy("Prices of a customer")
    number_prefix = "PRC"
    default_graph = standard.flow(
        standard.sales_manager(), standard.finance(), if_deep_or_thin(standard.operations())
    )


class SpecialDiscount(Discount):
    """特殊折扣: deeper than usual, for a time."""

    code = "products.special_discount"
    label = gettext_lazy("Special discount")
    number_prefix = "DSC"
    default_graph = standard.flow(
        standard.head(),
        standard.sales_manager(),
        standard.finance(),
        if_deep_or_thin(standard.operations()),
    )


class DistributorPricing(Kind):
    """分销商产品配置: what a distributor pays to the level above, from a day on: its cost."""

    code = "products.distributor_pricing"
    label = gettext_lazy("Prices of a distributor")
    number_prefix = "DPR"
    involves_money = True
    submit_permission = ProductPerm.REQUEST_PRICING
    fields = (
        FormField("distributor", gettext_lazy("Distributor")),
        FormField(
            "percent",
            gettext_lazy("Buys at (percent of the list price)"),
            FieldType.PERCENT,
            is_condition=True,
        ),
        VALID_FROM,
        REASON,
    )
    default_graph = standard.flow(
        standard.sales_manager(), standard.finance(), standard.operations()
    )

    def context(
        self, form: Mapping[str, Any], customer_id: int | None, subject: tuple[str, int] | None
    ) -> Mapping[str, Decimal | str | None]:
        percent = Decimal(str(form["percent"]))
        margin = self._margin(subject, percent)
        return {"discount": HUNDRED - percent, "margin": margin}

    def segregated(self, approval: Approval) -> set[int]:
        """Nobody of the distributor decides what he pays."""
        staff = User.objects.filter(tenant_id=approval.subject_pk or 0)
        return set(staff.values_list("pk", flat=True))

    def card(self, approval: Approval) -> Card:
        percent = Decimal(approval.form["percent"])
        margins = [self._margin(approval.subject, value) for value in (HUNDRED, percent)]
        before, after = (in_percent(margin) for margin in margins)
        return Card(
            facts=facts_of(self, approval.form),
            changes=(Change(_("Lowest margin"), before, after, ProductPerm.VIEW_COST),),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        form = approval.form
        products.agree_purchase_price(
            distributor=Tenant.objects.get(pk=approval.subject_pk or 0),
            percent=Decimal(form["percent"]),
            valid_from=max(midnight(date.fromisoformat(form["valid_from"])), now),
            actor=decider_of(approval),
            reason=f"{approval.number}: {form['reason']}",
        )
        publish(
            DistributorPricingApproved(
                approval_id=approval.pk,
                distributor_id=approval.subject_pk or 0,
                percent=approval.form["percent"],
            )
        )

    def _margin(self, subject: tuple[str, int] | None, percent: Decimal) -> Decimal | None:
        distributor = Tenant.objects.filter(pk=subject[1] if subject else 0).first()
        if distributor is None:
            return None
        return lowest_margin(
            tenant=distributor, scope=DiscountScope.ALL, target_id=None, percent=percent
        )
