"""The codes of the engine. Words are put to them outside of it."""

from enum import StrEnum


class Scope(StrEnum):
    """How much a rule covers. Declared from the narrowest to the widest: that is its rank."""

    SKU = "sku"
    PRODUCT = "product"
    CATEGORY = "category"
    VENDOR = "vendor"
    ALL = "all"


class Kind(StrEnum):
    """What a rule is. Declared in the order of the pipeline (PRC-1)."""

    PRICE_LIST = "price_list"
    PLATFORM = "platform"
    FRAMEWORK = "framework"
    TIERED = "tiered"
    CUSTOMER_DISCOUNT = "customer_discount"
    PROJECT = "project"
    PROMOTION = "promotion"
    FIRST_ORDER = "first_order"
    FLASH_SALE = "flash_sale"
    SPEND_AND_SAVE = "spend_and_save"
    VOUCHER = "voucher"
    MANUAL = "manual"


class OrderType(StrEnum):
    NEW = "new"
    RENEW = "renew"
    RESIZE = "resize"


# Billed afterwards, by what was used. The names are those of products.enums: a test compares.
METERED_MODES = frozenset({"per_second", "hourly", "daily"})


class Reason(StrEnum):
    """Why a step was taken or a rule was not."""

    # Steps
    LIST_PRICE = "list_price"
    DISCOUNT_APPLIED = "discount_applied"
    AMOUNT_OFF = "amount_off"
    FIXED_PRICE = "fixed_price"
    TIER_REACHED = "tier_reached"
    TIERS_BLENDED = "tiers_blended"
    SAVED_BY_SPENDING = "saved_by_spending"
    PAID_BY_VOUCHER = "paid_by_voucher"
    LOWEST_PRICE = "lowest_price"
    ROUNDED = "rounded"
    # Outside of what the rule is for
    NOT_STARTED = "not_started"
    ENDED = "ended"
    OTHER_SCOPE = "other_scope"
    OTHER_REGION = "other_region"
    OTHER_BILLING_MODE = "other_billing_mode"
    OTHER_ORDER_TYPE = "other_order_type"
    OTHER_PROJECT = "other_project"
    OTHER_AUDIENCE = "other_audience"
    NOT_FIRST_ORDER = "not_first_order"
    # Beaten by another
    LESS_URGENT = "less_urgent"
    LESS_SPECIFIC = "less_specific"
    LESS_FAVORABLE = "less_favorable"
    EXCLUDED = "excluded"
    WIPED_BY_FIXED_PRICE = "wiped_by_fixed_price"
    # Nothing to gain, or no more of it
    TIER_NOT_REACHED = "tier_not_reached"
    THRESHOLD_NOT_MET = "threshold_not_met"
    NO_SAVING = "no_saving"
    CAP_OF_CUSTOMER = "cap_of_customer"
    CAP_OF_DAY = "cap_of_day"
    SOLD_OUT = "sold_out"
