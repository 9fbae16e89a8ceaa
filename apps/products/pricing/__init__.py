"""The price engine: frozen rules in, an explained price out. Pure Python; knows no database."""

from apps.products.pricing.book import Book, Decision
from apps.products.pricing.engine import price, price_usage
from apps.products.pricing.facts import (
    BUSINESS_ZONE,
    Kind,
    Line,
    Reason,
    Rejection,
    Request,
    Rule,
    Scope,
    Subject,
    UsageLine,
    Window,
)
from apps.products.pricing.outcomes import PricedLine, PricedQuote, PricedUsage, Step
from apps.products.pricing.snapshot import canonical_json

__all__ = [
    "BUSINESS_ZONE",
    "Book",
    "Decision",
    "Kind",
    "Line",
    "PricedLine",
    "PricedQuote",
    "PricedUsage",
    "Reason",
    "Rejection",
    "Request",
    "Rule",
    "Scope",
    "Step",
    "Subject",
    "UsageLine",
    "Window",
    "canonical_json",
    "price",
    "price_usage",
]
