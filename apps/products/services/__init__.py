from apps.products.selectors.pricing import (
    QuoteLineIn,
    UsageIn,
    discount_rate_for,
    price_usage,
)
from apps.products.services.offers import (
    ProductOffer,
    SkuOffer,
    load_category,
    load_vendor,
    take_over_offer,
)
from apps.products.services.prices import set_price
from apps.products.services.products import publish_product, retire_product, stop_sales
from apps.products.services.quotes import create_quote, preview_quote
from apps.products.services.stock import (
    commit_stock,
    release_stock,
    reserve_stock,
    set_stock,
)

__all__ = [
    "ProductOffer",
    "QuoteLineIn",
    "SkuOffer",
    "UsageIn",
    "commit_stock",
    "create_quote",
    "discount_rate_for",
    "load_category",
    "load_vendor",
    "preview_quote",
    "price_usage",
    "publish_product",
    "release_stock",
    "reserve_stock",
    "retire_product",
    "set_price",
    "set_stock",
    "stop_sales",
    "take_over_offer",
]
