from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow
from apps.products.campaigns import GRANTS as CAMPAIGN_GRANTS


class ProductStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    ON_SALE = "on_sale", _("On sale")
    NO_NEW_SALES = "no_new_sales", _("No new sales")
    RETIRED = "retired", _("Retired")


PRODUCT_FLOW = Flow(
    "products.Product",
    {
        ProductStatus.DRAFT: {ProductStatus.ON_SALE, ProductStatus.RETIRED},
        ProductStatus.ON_SALE: {ProductStatus.NO_NEW_SALES},
        ProductStatus.NO_NEW_SALES: {ProductStatus.ON_SALE, ProductStatus.RETIRED},
        ProductStatus.RETIRED: set(),
    },
)


class ReservationStatus(TextChoices):
    RESERVED = "reserved", _("Reserved")
    COMMITTED = "committed", _("Sold")
    RELEASED = "released", _("Released")


RESERVATION_FLOW = Flow(
    "products.StockReservation",
    {
        ReservationStatus.RESERVED: {ReservationStatus.COMMITTED, ReservationStatus.RELEASED},
        ReservationStatus.COMMITTED: set(),
        ReservationStatus.RELEASED: set(),
    },
)


class BillingMode(TextChoices):
    HOURLY = "hourly", _("Per hour")
    MONTHLY = "monthly", _("Per month")
    YEARLY = "yearly", _("Per year")


class CartLineState(TextChoices):
    """What stands in the way of a line in a cart."""

    AVAILABLE = "available", _("Can be bought")
    NOT_OFFERED = "not_offered", _("No longer on offer")
    NO_PRICE = "no_price", _("No price")
    SOLD_OUT = "sold_out", _("Sold out")
    TOO_FEW = "too_few", _("Not enough in stock")


class DiscountScope(TextChoices):
    """The names are those of pricing.Scope, narrowest first."""

    SKU = "sku", _("One SKU")
    PRODUCT = "product", _("One product")
    CATEGORY = "category", _("A category")
    VENDOR = "vendor", _("A vendor")
    ALL = "all", _("Everything")


class ChangeType(TextChoices):
    """How a rule changes a price: the classes of pricing.facts.changes."""

    PERCENT = "percent", _("Percent of the price")
    AMOUNT_OFF = "amount_off", _("Amount off")
    FIXED_PRICE = "fixed_price", _("Fixed price")
    TIERS = "tiers", _("Tiers")
    SPEND_AND_SAVE = "spend_and_save", _("Spend and save")
    FACE_VALUE = "face_value", _("Face value")


class AmountPer(TextChoices):
    UNIT = "unit", _("Unit and period")
    LINE = "line", _("Line")
    ORDER = "order", _("Order")


class TierMeasure(TextChoices):
    QUANTITY = "quantity", _("Quantity")
    SPEND = "spend", _("Spend")


class TierMethod(TextChoices):
    WHOLE = "whole", _("For everything, once reached")
    SLAB = "slab", _("For the part above each step")


class TierPeriod(TextChoices):
    ORDER = "order", _("The order alone")
    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")
    CONTRACT = "contract", _("Term of the contract")


class CapUnit(TextChoices):
    UNITS = "units", _("Units")
    ORDERS = "orders", _("Orders")


class OrderType(TextChoices):
    """The values of pricing.OrderType."""

    NEW = "new", _("New order")
    RENEW = "renew", _("Renewal")
    RESIZE = "resize", _("Change of specification")


class Region(TextChoices):
    BEIJING = "cn-beijing", _("Beijing")
    TIANJIN = "cn-tianjin", _("Tianjin")
    SHANGHAI = "cn-shanghai", _("Shanghai")
    HANGZHOU = "cn-hangzhou", _("Hangzhou")
    WUXI = "cn-wuxi", _("Wuxi")
    JINAN = "cn-jinan", _("Jinan")
    GUANGZHOU = "cn-guangzhou", _("Guangzhou")
    SHENZHEN = "cn-shenzhen", _("Shenzhen")
    CHENGDU = "cn-chengdu", _("Chengdu")
    ULANQAB = "cn-wulanchabu", _("Ulanqab")
    HONG_KONG = "cn-hongkong", _("Hong Kong")

    __empty__ = _("Any region")


class ProductPerm(TextChoices):
    VIEW = "products.view_product", _("view products")
    PUBLISH = "products.publish_product", _("put products on and off the shelf")
    SET_PRICE = "products.set_price", _("set list prices")
    SET_STOCK = "products.set_stock", _("set stock")
    VIEW_COST = "products.view_cost", _("see what the vendor charges")
    REQUEST_PRICING = "products.request_pricing", _("ask for prices and discounts")
    REQUEST_LISTING = "products.request_listing", _("ask for products to be put on sale")


class QuotePerm(TextChoices):
    CREATE = "products.create_quote", _("make quotes")
    VIEW = "products.view_quote", _("view quotes")


class CartPerm(TextChoices):
    """Of what a person keeps for himself."""

    VIEW = "products.view_cartline", _("view the own cart")
    FAVORITES = "products.view_favorite", _("keep favorites")


_SHELF = [f"products.view_{name}" for name in ("vendor", "category", "product", "sku")]
_QUOTES = [QuotePerm.VIEW.value, "products.view_quoteline"]
_SEE_SALES = [*_SHELF, *_QUOTES, "products.view_price", "products.view_customerdiscount"]
_SEE_ALL = [*_SEE_SALES, "products.view_stockreservation"]
_RUN_CATALOGUE = [
    *_SEE_ALL,
    *(
        f"products.{act}_{name}"
        for act in ("add", "change")
        for name in ("vendor", "category", "product", "sku", "customerdiscount")
    ),
    *ProductPerm.values,
    QuotePerm.CREATE.value,
]
_BUY = [*_SHELF, *_QUOTES, *CartPerm.values, QuotePerm.CREATE.value]

STANDARD_GRANTS: dict[str, list[str]] = {
    "administrator": _SEE_ALL,
    "operations": _RUN_CATALOGUE,
    "sales": [*_SEE_SALES, QuotePerm.CREATE.value, ProductPerm.REQUEST_PRICING.value],
    "sales-manager": [*_SEE_SALES, QuotePerm.CREATE.value, ProductPerm.REQUEST_PRICING.value],
    "finance": [*_SEE_ALL, ProductPerm.VIEW_COST.value],
    "support": [*_SHELF, *_QUOTES],
    "auditor": [*_SEE_ALL, ProductPerm.VIEW_COST.value],
    "portal-owner": [*_BUY, ProductPerm.REQUEST_PRICING.value],
    "portal-technician": _BUY,
    "portal-finance": [
        *_SHELF,
        *_QUOTES,
        CartPerm.FAVORITES.value,
        ProductPerm.REQUEST_PRICING.value,
    ],
}
for _role, _permissions in CAMPAIGN_GRANTS.items():
    STANDARD_GRANTS[_role] = [*STANDARD_GRANTS[_role], *_permissions]
