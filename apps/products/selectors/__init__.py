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
    price_basket,
)
from apps.products.selectors.search import Facets, Filters, facets, find, suggestions
from apps.products.selectors.taxes import tax_rate_at
from apps.products.selectors.use_effects import explain_effects
from apps.products.selectors.use_pricing import UsageIn, discount_rate_for, price_usage

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
    "explain_effects",
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
