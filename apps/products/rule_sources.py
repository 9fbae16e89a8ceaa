"""Which rules and facts reach the engine. Called once, while Django starts."""

from apps.products.selectors import rulebook
from apps.products.selectors.discounts import discounts_of


def register() -> None:
    rulebook.register_own(discounts_of)
