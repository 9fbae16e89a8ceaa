from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.approvals import standard
from apps.approvals.kinds import Card, Fact, FieldType, FormField, Kind
from apps.approvals.models import Approval
from apps.approvals.selectors.deciders import decider_of
from apps.products import services as products
from apps.products.approvals.margins import REASON, in_percent, in_yuan
from apps.products.enums import DiscountScope, ProductPerm, ProductStatus
from apps.products.models import Product, Sku
from apps.products.selectors.margins import lowest_margin
from apps.products.services.discounts import HUNDRED

SHOWN = 20  # SKUs on the card


class ListingReview(Kind):
    """上架评审: a draft goes on sale once somebody else has looked at it."""

    code = "products.listing_review"
    label = gettext_lazy("Review of a product")
    number_prefix = "LST"
    allows_bulk = True
    submit_permission = ProductPerm.REQUEST_LISTING
    fields = (
        FormField("product", gettext_lazy("Product")),
        FormField("skus", gettext_lazy("SKUs with a price"), FieldType.NUMBER, is_condition=True),
        FormField(
            "release",
            gettext_lazy("Goes to"),
            FieldType.CHOICE,
            (
                (ProductStatus.ON_SALE.value, gettext_lazy("All customers")),
                (ProductStatus.GREY.value, gettext_lazy("Some customers (grey release)")),
            ),
            is_required=False,
            is_condition=True,
        ),
        FormField(
            "grey_percent",
            gettext_lazy("Percent of customers"),
            FieldType.NUMBER,
            is_required=False,
            is_condition=True,
        ),
        REASON,
    )
    default_graph = standard.flow(standard.operations(), standard.finance())

    def card(self, approval: Approval) -> Card:
        product = Product.objects.select_related("vendor", "category", "tenant").get(
            pk=approval.subject_pk or 0
        )
        skus = list(
            Sku.objects.filter(product=product, is_active=True)
            .with_unit_price(timezone.now())
            .order_by("position", "pk")[:SHOWN]
        )
        margin = lowest_margin(
            tenant=product.tenant,
            scope=DiscountScope.PRODUCT,
            target_id=product.pk,
            percent=HUNDRED,
        )
        return Card(
            facts=(
                Fact("product", _("Product"), f"{product.name} ({product.code})"),
                Fact("vendor", _("Vendor"), product.vendor.name),
                Fact("category", _("Category"), product.category.name),
                Fact("tax_rate", _("Tax rate"), f"{(product.tax_rate * 100).normalize():f} %"),
                *(Fact(f"sku-{sku.pk}", sku.name, in_yuan(sku.unit_price)) for sku in skus),
                Fact("release", _("Goes to"), _goes_to(approval.form)),
                Fact("reason", _("Reason"), approval.form["reason"]),
                Fact("margin", _("Lowest margin"), in_percent(margin), needs=ProductPerm.VIEW_COST),
            ),
            warnings=tuple(_warnings(product, skus, margin)),
        )

    def on_approved(self, approval: Approval, now: datetime) -> None:
        product = Product.objects.get(pk=approval.subject_pk or 0)
        decider, percent = decider_of(approval), approval.form.get("grey_percent")
        if approval.form.get("release") == ProductStatus.GREY:
            share = int(Decimal(percent or 0))
            products.start_grey_release(product=product, percent=share, actor=decider, now=now)
        else:
            products.list_product(product=product, actor=decider, now=now)

    def on_rejected(self, approval: Approval, now: datetime) -> None:
        product = Product.objects.get(pk=approval.subject_pk or 0)
        products.send_back_to_draft(product=product, actor=None, reason=approval.number)


def _goes_to(form: Mapping[str, Any]) -> str:
    if form.get("release") != ProductStatus.GREY:
        return _("All customers")
    percent = Decimal(form.get("grey_percent") or 0).normalize()
    return _("{percent} percent of customers and a list").format(percent=f"{percent:f}")


def _warnings(product: Product, skus: list[Sku], margin: Decimal | None) -> list[str]:
    found = []
    unpriced = [sku.name for sku in skus if sku.unit_price is None]
    if unpriced:
        found.append(_("Without a price: {names}.").format(names=", ".join(unpriced)))
    if margin is not None and margin < 0:
        found.append(_("Something would be sold below the vendor's price."))
    if not product.description:
        found.append(_("It has no description."))
    return found
