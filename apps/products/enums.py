from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.flow import Flow
from apps.products import agreement_enums
from apps.products.campaigns import GRANTS as CAMPAIGN_GRANTS
from apps.products.supply import GRANTS as SUPPLY_GRANTS


class ProductStatus(TextChoices):
    DRAFT = "draft", _("Draft")
    REVIEW = "review", _("In review")
    GREY = "grey", _("Grey release")
    ON_SALE = "on_sale", _("On sale")
    NO_NEW_SALES = "no_new_sales", _("No new sales")
    FROZEN = "frozen", _("Frozen")
    RETIRED = "retired", _("Retired")


PRODUCT_FLOW = Flow(
    "products.Product",
    {
        ProductStatus.DRAFT: {ProductStatus.REVIEW, ProductStatus.ON_SALE, ProductStatus.RETIRED},
        ProductStatus.REVIEW: {ProductStatus.DRAFT, ProductStatus.GREY, ProductStatus.ON_SALE},
        ProductStatus.GREY: {
            ProductStatus.ON_SALE,
            ProductStatus.NO_NEW_SALES,
            ProductStatus.FROZEN,
        },
        ProductStatus.ON_SALE: {ProductStatus.NO_NEW_SALES, ProductStatus.FROZEN},
        ProductStatus.NO_NEW_SALES: {
            ProductStatus.GREY,
            ProductStatus.ON_SALE,
            ProductStatus.FROZEN,
            ProductStatus.RETIRED,
        },
        ProductStatus.FROZEN: {ProductStatus.NO_NEW_SALES, ProductStatus.RETIRED},
        ProductStatus.RETIRED: set(),
    },
)


class ProductAction(TextChoices):
    """What a customer may do with a product; the state of the product decides (CAT-1)."""

    BUY = "buy", _("buy")
    RENEW = "renew", _("renew")
    RESIZE = "resize", _("resize")
    SHOW = "show", _("look up")


_SOLD = frozenset(ProductAction)
_KEPT = frozenset({ProductAction.RENEW, ProductAction.RESIZE})
PRODUCT_ACTIONS: dict[str, frozenset[ProductAction]] = {
    ProductStatus.DRAFT: frozenset(),
    ProductStatus.REVIEW: frozenset(),
    ProductStatus.GREY: _SOLD,  # for those whom the release reaches
    ProductStatus.ON_SALE: _SOLD,
    ProductStatus.NO_NEW_SALES: _KEPT,
    ProductStatus.FROZEN: frozenset(),
    ProductStatus.RETIRED: frozenset(),
}


def product_actions(status: str) -> frozenset[ProductAction]:
    """What customers may do with a product in this state."""
    return PRODUCT_ACTIONS[status]


class Visibility(TextChoices):
    PUBLIC = "public", _("Everybody")
    INVITED = "invited", _("By invitation")
    HIDDEN = "hidden", _("Nobody")


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


class PriceChangeStatus(TextChoices):
    PROPOSED = "proposed", _("Proposed")
    PENDING = "pending", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    APPLIED = "applied", _("Applied")
    REJECTED = "rejected", _("Rejected")
    SUPERSEDED = "superseded", _("Superseded")


# Withdrawn: proposed once more. A price that moved meanwhile supersedes what was approved.
PRICE_CHANGE_FLOW = Flow(
    "products.PriceChange",
    {
        PriceChangeStatus.PROPOSED: {
            PriceChangeStatus.PENDING,
            PriceChangeStatus.APPROVED,
            PriceChangeStatus.REJECTED,
            PriceChangeStatus.SUPERSEDED,
        },
        PriceChangeStatus.PENDING: {
            PriceChangeStatus.PROPOSED,
            PriceChangeStatus.APPROVED,
            PriceChangeStatus.REJECTED,
            PriceChangeStatus.SUPERSEDED,
        },
        PriceChangeStatus.APPROVED: {PriceChangeStatus.APPLIED, PriceChangeStatus.SUPERSEDED},
        PriceChangeStatus.APPLIED: set(),
        PriceChangeStatus.REJECTED: set(),
        PriceChangeStatus.SUPERSEDED: set(),
    },
)


class PriceChangeSource(TextChoices):
    VENDOR = "vendor", _("Vendor")
    IMPORT = "import", _("Import")
    PERSON = "person", _("By hand")


class BillingMode(TextChoices):
    """A SKU's price is the price of one such period; "one-off" has one, without an end.

    Use per second has the price of an hour, as the clouds print it: a second's is no whole fen.
    """

    PER_SECOND = "per_second", _("By the second (price of an hour)")
    HOURLY = "hourly", _("Per hour")
    DAILY = "daily", _("Per day")
    MONTHLY = "monthly", _("Per month")
    YEARLY = "yearly", _("Per year")
    ONE_OFF = "one_off", _("One-off")

    @property
    def is_metered(self) -> bool:
        """Whether it is billed afterwards, by use: a quote of it is an estimate."""
        return self in METERED


METERED = frozenset({BillingMode.PER_SECOND, BillingMode.HOURLY, BillingMode.DAILY})


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
    ORDER = "order", pgettext_lazy("pricing", "Order")


class TierMeasure(TextChoices):
    QUANTITY = "quantity", _("Quantity")
    SPEND = "spend", _("Spend")


class TierMethod(TextChoices):
    WHOLE = "whole", _("For everything, once reached")
    SLAB = "slab", _("For the part above each step")


class TierPeriod(TextChoices):
    ORDER = "order", _("The order alone")
    MONTH = "month", pgettext_lazy("pricing", "Month")
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
    PROPOSE_PRICE = "products.propose_price", _("propose price changes")
    IMPORT = "products.import_catalogue", _("import sheets into the catalogue")
    SET_STOCK = "products.set_stock", _("set stock")
    SET_VISIBILITY = "products.set_visibility", _("say who sees products")
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
_SEE_ALL = [
    *_SEE_SALES,
    "products.view_stockreservation",
    "products.view_pricechange",
    "products.view_priceband",
    "products.view_catalogueimport",
]
_RUN_CATALOGUE = [
    *_SEE_ALL,
    *(
        f"products.{act}_{name}"
        for act in ("add", "change")
        for name in ("vendor", "category", "product", "sku", "customerdiscount", "priceband")
    ),
    "products.add_catalogueimport",
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
for _role, _permissions in (*CAMPAIGN_GRANTS.items(), *SUPPLY_GRANTS.items()):
    STANDARD_GRANTS[_role] = [*STANDARD_GRANTS[_role], *_permissions]
for _role, _granted in agreement_enums.GRANTS.items():
    STANDARD_GRANTS[_role] = [*STANDARD_GRANTS[_role], *_granted]
