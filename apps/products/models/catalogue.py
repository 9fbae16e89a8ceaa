from datetime import datetime
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import F, FilteredRelation, Min, OuterRef, Prefetch, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import RateField
from apps.products.enums import PRODUCT_FLOW, BillingMode, ProductStatus, Visibility
from apps.products.models.regions import CloudRegion, InRegion
from apps.products.models.taxes import TaxRate
from apps.products.models.visibility import CatalogueQuerySet, SharedQuerySet, in_effect
from apps.products.specification import Specification, validate_specification


class VendorQuerySet(SharedQuerySet["Vendor"]):
    pass


class Vendor(models.Model):
    """A cloud or computing centre whose products are sold."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=100)
    is_active = models.BooleanField(_("active"), default=True)

    objects = VendorQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class CategoryQuerySet(SharedQuerySet["Category"]):
    pass


class Category(models.Model):
    slug = models.SlugField(_("code"), max_length=50, unique=True)
    name = models.CharField(_("name"), max_length=100)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    min_margin = RateField(
        _("minimum margin"), null=True, blank=True, help_text=_("0.05 means: 5 % above the cost.")
    )

    objects = CategoryQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        ordering = ("position", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(min_margin__isnull=True) | Q(min_margin__gte=0),
                name="category_min_margin_not_negative",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProductQuerySet(CatalogueQuerySet["Product"]):
    def with_price_from(self, at: datetime) -> Self:
        """Adds `price_from`: the lowest list price among the SKUs on sale, or None."""
        priced = (
            Sku.objects.filter(in_effect(at, "prices__"), product=OuterRef("pk"), is_active=True)
            .order_by()
            .values("product")
            .annotate(lowest=Min("prices__unit_price"))
        )
        return self.annotate(price_from=Subquery(priced.values("lowest")))

    def with_modes(self) -> Self:
        """Loads `skus_on_sale` with nothing but how and where they are sold: lists need no more."""
        skus = Sku.objects.filter(is_active=True).only("product_id", "billing_mode", "region")
        return self.prefetch_related(Prefetch("skus", skus.order_by("pk"), to_attr="skus_on_sale"))

    def with_skus(self, at: datetime) -> Self:
        """Loads `skus_on_sale`, each with its `unit_price` at the moment, in one query."""
        skus = (
            Sku.objects.filter(is_active=True)
            .with_unit_price(at)
            .with_region_name()
            .order_by("position", "pk")
        )
        return self.prefetch_related(Prefetch("skus", skus, to_attr="skus_on_sale"))

    def with_tax_rate(self, at: datetime) -> Self:
        """Adds `tax_rate_now`: that of the tax class at the moment, else the product's own."""
        rate = TaxRate.objects.of_class_at(OuterRef("tax_class"), at)
        return self.annotate(tax_rate_now=Coalesce(rate, F("tax_rate")))


class Product(models.Model):
    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="products", verbose_name=_("tenant")
    )
    vendor = models.ForeignKey(
        Vendor, models.PROTECT, related_name="products", verbose_name=_("vendor")
    )
    category = models.ForeignKey(
        Category, models.PROTECT, related_name="products", verbose_name=_("category")
    )
    code = models.SlugField(_("code"), max_length=64)
    vendor_code = models.CharField(
        _("vendor's product code"),
        max_length=100,
        blank=True,
        help_text=_("As the vendor's bills name it: usage of it gets the discounts on it."),
    )
    name = models.CharField(_("name"), max_length=100)
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True)
    supplier = models.ForeignKey(
        "products.Supplier",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("supplier"),
    )
    tax_class = models.ForeignKey(
        "products.TaxClass",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="products",
        verbose_name=_("tax class"),
    )
    tax_rate = RateField(
        _("tax rate"), default="0.06", help_text=_("Where the tax class says none.")
    )
    min_margin = RateField(
        _("minimum margin"), null=True, blank=True, help_text=_("Empty: that of the category.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    status = models.CharField(
        _("status"), max_length=16, choices=ProductStatus, default=ProductStatus.DRAFT
    )
    visibility = models.CharField(
        _("shown to"),
        max_length=16,
        choices=Visibility,
        default=Visibility.PUBLIC,
        db_default=Visibility.PUBLIC,
    )
    submitted_at = models.DateTimeField(_("in review since"), null=True, blank=True)
    grey_at = models.DateTimeField(_("in grey release since"), null=True, blank=True)
    on_sale_at = models.DateTimeField(_("on sale since"), null=True, blank=True)
    sales_stopped_at = models.DateTimeField(_("sales stopped at"), null=True, blank=True)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    price_from: Decimal | None  # from ProductQuerySet.with_price_from
    skus_on_sale: "list[Sku]"  # from ProductQuerySet.with_skus
    objects = ProductQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ("category__position", "position", "pk")
        permissions = [
            ("publish_product", _("Can put products on and off the shelf")),
            ("set_price", _("Can set list prices")),
            ("propose_price", _("Can propose price changes")),
            ("import_catalogue", _("Can import sheets into the catalogue")),
            ("set_stock", _("Can set stock")),
            ("set_visibility", _("Can say who sees products")),
            ("view_cost", _("Can see what the vendor charges")),
            ("request_pricing", _("Can ask for prices and discounts")),
            ("request_listing", _("Can ask for products to be put on sale")),
        ]
        constraints = [
            *PRODUCT_FLOW.constraints(
                stamps={
                    ProductStatus.REVIEW: "submitted_at",
                    ProductStatus.GREY: "grey_at",
                    ProductStatus.ON_SALE: "on_sale_at",
                    ProductStatus.NO_NEW_SALES: "sales_stopped_at",
                    ProductStatus.FROZEN: "frozen_at",
                    ProductStatus.RETIRED: "retired_at",
                }
            ),
            models.UniqueConstraint(fields=["tenant", "code"], name="product_code_once"),
            models.CheckConstraint(
                condition=Q(tax_rate__gte=0, tax_rate__lt=1), name="product_tax_rate_is_a_rate"
            ),
            models.CheckConstraint(
                condition=Q(min_margin__isnull=True) | Q(min_margin__gte=0),
                name="product_min_margin_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=Visibility.values), name="product_visibility_known"
            ),
        ]
        indexes = [models.Index(fields=["status", "category", "position"], name="product_shelf")]

    def __str__(self) -> str:
        return self.name

    @property
    def was_released(self) -> bool:
        """Whether somebody has looked at it and let it out, to all or to some."""
        return self.on_sale_at is not None or self.grey_at is not None


class SkuQuerySet(CatalogueQuerySet["Sku"]):
    product_path = "product"

    def with_unit_price(self, at: datetime) -> Self:
        """Adds `unit_price`, the list price in effect at the moment, or None."""
        price = FilteredRelation("prices", condition=in_effect(at, "prices__"))
        return self.annotate(current_price=price, unit_price=F("current_price__unit_price"))

    def with_unit_cost(self, at: datetime) -> Self:
        """`with_unit_price`, and `unit_cost`: what the vendor charges, or None. No customer may
        see it."""
        return self.with_unit_price(at).annotate(unit_cost=F("current_price__unit_cost"))

    def with_terms(self, at: datetime) -> Self:
        """Adds what a price is computed with beside the price: `tax_rate_now`, of the tax class
        at the moment, and `least_margin`."""
        rate = TaxRate.objects.of_class_at(OuterRef("product__tax_class"), at)
        return self.annotate(
            tax_rate_now=Coalesce(rate, F("product__tax_rate")),
            least_margin=Coalesce(
                F("product__min_margin"), F("product__category__min_margin"), Value(Decimal(0))
            ),
        )

    def with_region_name(self) -> Self:
        """Adds the region's name in the active language."""
        return self.annotate(region_name=CloudRegion.objects.name_of("region"))

    def take(self, sku: "Sku", quantity: int) -> bool:
        """Take from a counted stock; False, and nothing taken, when it holds less."""
        stock = self.filter(pk=sku.pk, stock__gte=quantity)
        return stock.update(stock=F("stock") - quantity) == 1

    def put_back(self, sku_id: int, quantity: int) -> None:
        self.filter(pk=sku_id, stock__isnull=False).update(stock=F("stock") + quantity)


class Sku(InRegion, models.Model):
    """One configuration of a product in one region, billed in one way."""

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="skus", verbose_name=_("product")
    )
    code = models.SlugField(_("code"), max_length=64)
    name = models.CharField(_("name"), max_length=100)
    vendor_sku = models.CharField(_("vendor's SKU"), max_length=100, blank=True)
    specification = models.JSONField(
        _("specification"), default=dict, blank=True, validators=[validate_specification]
    )
    spec_version = models.PositiveIntegerField(
        _("version of the specification"), default=1, db_default=1, editable=False
    )
    region = models.CharField(_("region"), max_length=32, blank=True)
    zone = models.CharField(
        _("zone"), max_length=50, blank=True, default="", db_default="", help_text=_("Its code.")
    )
    billing_mode = models.CharField(_("billing mode"), max_length=16, choices=BillingMode)
    stock = models.IntegerField(
        _("stock"), null=True, blank=True, help_text=_("Empty means unlimited.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    unit_price: Decimal | None  # from SkuQuerySet.with_unit_price
    unit_cost: Decimal | None  # from SkuQuerySet.with_unit_cost
    tax_rate_now: Decimal  # from SkuQuerySet.with_terms
    least_margin: Decimal  # from SkuQuerySet.with_terms
    objects = SkuQuerySet.as_manager()
    history = history(secret=["stock"])  # moves with every sale: reservations are its history

    class Meta:
        verbose_name = _("SKU")
        verbose_name_plural = _("SKUs")
        ordering = ("product", "position", "pk")
        constraints = [
            models.UniqueConstraint(fields=["product", "code"], name="sku_code_once"),
            models.CheckConstraint(
                condition=Q(stock__isnull=True) | Q(stock__gte=0), name="sku_stock_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(billing_mode__in=BillingMode.values), name="sku_billing_mode_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def specs(self) -> Specification:
        return Specification.parse(self.specification)
