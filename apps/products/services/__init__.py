from apps.products.selectors.pricing import (
    QuoteLineIn,
    UsageIn,
    discount_rate_for,
    price_usage,
)
from apps.products.services.carts import (
    add_favorite,
    add_to_cart,
    change_cart_line,
    checkout_cart,
    empty_cart,
    preview_cart,
    remove_cart_line,
    remove_favorite,
)
from apps.products.services.discounts import end_discount, grant_discount, void_pricing_requests
from apps.products.services.offers import (
    ProductOffer,
    SkuOffer,
    load_category,
    load_vendor,
    take_over_offer,
)
from apps.products.services.prices import set_price
from apps.products.services.products import (
    list_product,
    publish_product,
    resume_sales,
    retire_product,
    stop_sales,
)
from apps.products.services.quotes import create_quote, preview_quote
from apps.products.services.requests import (
    request_customer_pricing,
    request_distributor_pricing,
    request_listing,
    request_special_discount,
    void_listing_request,
)
from apps.products.services.rules import bump_rules
from apps.products.services.shelf import refresh_changed, refresh_shelf
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
    "add_favorite",
    "add_to_cart",
    "bump_rules",
    "change_cart_line",
    "checkout_cart",
    "commit_stock",
    "create_quote",
    "discount_rate_for",
    "empty_cart",
    "end_discount",
    "grant_discount",
    "list_product",
    "load_category",
    "load_vendor",
    "preview_cart",
    "preview_quote",
    "price_usage",
    "publish_product",
    "refresh_changed",
    "refresh_shelf",
    "release_stock",
    "remove_cart_line",
    "remove_favorite",
    "request_customer_pricing",
    "request_distributor_pricing",
    "request_listing",
    "request_special_discount",
    "reserve_stock",
    "resume_sales",
    "retire_product",
    "set_price",
    "set_stock",
    "stop_sales",
    "take_over_offer",
    "void_listing_request",
    "void_pricing_requests",
]
