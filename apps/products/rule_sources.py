"""Which rules and facts reach the engine. Called once, while Django starts."""

from apps.products.selectors import rulebook
from apps.products.selectors.agreements import agreed_rules, agreement_limits
from apps.products.selectors.discounts import discounts_of
from apps.products.selectors.levels import price_list_rules, supplier_terms
from apps.products.selectors.limits import register_limits, used_for
from apps.products.selectors.promotions import promotion_limits, promotion_rules
from apps.products.selectors.purchases import bought_for
from apps.products.selectors.trials import register_subjects
from apps.products.selectors.vouchers import VOUCHER, voucher_limits, voucher_rules


def register() -> None:
    rulebook.register_own(discounts_of)
    rulebook.register_shared(promotion_rules)
    rulebook.register_vouchers(voucher_rules)
    rulebook.register_used(used_for)
    register_limits("promotion", promotion_limits)
    rulebook.register_own(agreed_rules)
    rulebook.register_bought(bought_for)
    register_limits("agreement-price", agreement_limits)
    register_limits(VOUCHER, voucher_limits)
    register_subjects()
    rulebook.register_shared(price_list_rules)
    rulebook.register_terms(supplier_terms)
