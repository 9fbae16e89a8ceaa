from apps.products.selectors.agreed_prices import say_change, say_price
from apps.products.selectors.agreements import (
    Commitment,
    blocking_agreement,
    commitments_of,
)
from apps.products.selectors.catalogue import (
    catalogue,
    price_at,
    prices_of,
    products_on_sale,
    where_used,
    with_add_ons,
)
from apps.products.selectors.explanations import (
    ExplainedLine,
    ExplainedQuote,
    explain_decision,
    explain_priced,
    explain_quote,
    explain_snapshot,
)
from apps.products.selectors.pricing import (
    QuoteLineIn,
    UsageIn,
    discount_rate_for,
    price_basket,
    price_usage,
)
from apps.products.selectors.search import Facets, Filters, facets, find, suggestions
from apps.products.selectors.taxes import tax_rate_at

__all__ = [
    "Commitment",
    "ExplainedLine",
    "ExplainedQuote",
    "Facets",
    "Filters",
    "QuoteLineIn",
    "UsageIn",
    "blocking_agreement",
    "catalogue",
    "commitments_of",
    "discount_rate_for",
    "explain_decision",
    "explain_priced",
    "explain_quote",
    "explain_snapshot",
    "facets",
    "find",
    "price_at",
    "price_basket",
    "price_usage",
    "prices_of",
    "products_on_sale",
    "say_change",
    "say_price",
    "suggestions",
    "tax_rate_at",
    "where_used",
    "with_add_ons",
]
