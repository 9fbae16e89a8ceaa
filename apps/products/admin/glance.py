"""What a product's page says at a glance: what customers may do, whom it reaches, what it earns."""

from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.products.admin import tables
from apps.products.enums import ProductAction, ProductStatus, Visibility, product_actions
from apps.products.models import GreyRelease, Product, Sku

HUNDRED = Decimal(100)


def at_a_glance(product: Product, *, shows_cost: bool, now: datetime) -> SafeString:
    skus = (
        Sku.objects.filter(product=product)
        .with_unit_cost(now)
        .with_terms(now)
        .with_region_name()
        .order_by("-is_active", "position", "pk")
    )
    return format_html(
        '<div class="kb-glance">{}{}</div>{}',
        _allowed(product),
        _reach(product),
        _skus(list(skus), shows_cost=shows_cost),
    )


def _allowed(product: Product) -> SafeString:
    """Each act of customers as a tag: green may be, grey may not."""
    allowed = product_actions(product.status)
    tags = format_html_join(
        " ",
        '<span class="kb-may {}">{}</span>',
        (("is-allowed" if act in allowed else "", act.label) for act in ProductAction),
    )
    return format_html("<p><b>{}</b> {}</p>", _("Customers may"), tags)


def _reach(product: Product) -> SafeString:
    parts = [format_html("{}", Visibility(product.visibility).label)]
    if product.status == ProductStatus.GREY:
        release = GreyRelease.objects.get(product=product)
        parts.append(
            format_html(
                '<a class="kb-link" href="{}">{}</a>',
                reverse("admin:products_greyrelease_change", args=[release.pk]),
                _("Grey release: {percent} percent of customers, {listed} on the list").format(
                    percent=release.percent, listed=release.customers.count()
                ),
            )
        )
    shown = format_html_join(" · ", "{}", ((part,) for part in parts))
    return format_html("<p><b>{}</b> {}</p>", _("Shown to"), shown)


def _skus(skus: list[Sku], *, shows_cost: bool) -> SafeString:
    headers = [_("SKU"), _("Specification"), _("Region"), _("Billing mode"), _("List price")]
    headers += [_("Vendor's price"), _("Margin")] if shows_cost else []
    rows = [
        [
            format_html(
                '<a class="kb-link" href="{}">{}</a>',
                reverse("admin:products_sku_change", args=[sku.pk]),
                sku.name,
            ),
            str(sku.specs),
            sku.get_region_display(),
            sku.get_billing_mode_display(),
            tables.money(sku.unit_price),
            *([tables.money(sku.unit_cost), _margin(sku)] if shows_cost else []),
            _state(sku),
        ]
        for sku in skus
    ]
    return tables.table([*headers, _("Stock")], rows) if rows else SafeString("—")


def _margin(sku: Sku) -> SafeString:
    """In percent of the price, red below the least margin above the cost."""
    cost = sku.unit_cost
    if cost is None or not sku.unit_price:
        return SafeString("—")
    share = (sku.unit_price - cost) * HUNDRED / sku.unit_price
    is_thin = sku.unit_price < cost * (1 + sku.least_margin)
    style = "kb-money kb-thin" if is_thin else "kb-money"
    return format_html('<span class="{}">{} %</span>', style, f"{share:.1f}")


def _state(sku: Sku) -> str:
    if not sku.is_active:
        return _("not offered")
    return _("unlimited") if sku.stock is None else str(sku.stock)
