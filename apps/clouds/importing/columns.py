"""The columns of FOCUS 1.0 to 1.3, and what Kboss makes of each."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    TEXT = "text"
    WORD = "word"
    NUMBER = "number"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """One FOCUS column that has a place of its own in the database."""

    name: str
    field: str
    kind: Kind
    size: int = 255
    is_needed: bool = False
    is_expected: bool = False
    is_closed: bool = False
    may_be_cut: bool = False
    words: tuple[str, ...] = ()


def _text(name: str, field: str, size: int = 255, *, needed: bool = False) -> Column:
    return Column(name, field, Kind.TEXT, size, is_needed=needed)


def _note(name: str, field: str, size: int = 255) -> Column:
    return Column(name, field, Kind.TEXT, size, may_be_cut=True)


def _number(name: str, field: str, *, needed: bool = False, expected: bool = False) -> Column:
    return Column(name, field, Kind.NUMBER, is_needed=needed, is_expected=expected)


def _moment(name: str, field: str) -> Column:
    return Column(name, field, Kind.MOMENT, is_needed=True)


def _word(name: str, field: str, *words: str, needed: bool = False, closed: bool = False) -> Column:
    return Column(
        name, field, Kind.WORD, 32, is_needed=needed, is_closed=closed or needed, words=words
    )


PROVIDER = _text("ProviderName", "provider_name", 128, needed=True)
BILLING_ACCOUNT = _text("BillingAccountId", "billing_account_id", 255, needed=True)
SUB_ACCOUNT = _text("SubAccountId", "sub_account_id")
SUB_ACCOUNT_NAME = _note("SubAccountName", "sub_account_name")
CURRENCY = _text("BillingCurrency", "billing_currency", 3, needed=True)
BILLING_START = _moment("BillingPeriodStart", "billing_period_start")
BILLING_END = _moment("BillingPeriodEnd", "billing_period_end")
CHARGE_START = _moment("ChargePeriodStart", "charge_period_start")
CHARGE_END = _moment("ChargePeriodEnd", "charge_period_end")
CATEGORY = _word(
    "ChargeCategory",
    "charge_category",
    "Usage",
    "Purchase",
    "Tax",
    "Credit",
    "Adjustment",
    needed=True,
)
CLASS = _word("ChargeClass", "charge_class", "Correction", closed=True)
LIST_COST = _number("ListCost", "list_cost", needed=True)
BILLED_COST = _number("BilledCost", "billed_cost", needed=True)
EFFECTIVE_COST = _number("EffectiveCost", "effective_cost", expected=True)
CONTRACTED_COST = _number("ContractedCost", "contracted_cost", expected=True)
LIST_UNIT_PRICE = _number("ListUnitPrice", "list_unit_price")
PRICING_QUANTITY = _number("PricingQuantity", "pricing_quantity")
SERVICE = _text("ServiceName", "service_name", needed=True)
RESOURCE = _text("ResourceId", "resource_id", 1024)
REGION = _text("RegionId", "region_id", 64)

# In the order in which they are stored.
COLUMNS: tuple[Column, ...] = (
    PROVIDER,
    BILLING_ACCOUNT,
    SUB_ACCOUNT,
    SUB_ACCOUNT_NAME,
    CURRENCY,
    BILLING_START,
    BILLING_END,
    CHARGE_START,
    CHARGE_END,
    CATEGORY,
    CLASS,
    _word("ChargeFrequency", "charge_frequency", "One-Time", "Recurring", "Usage-Based"),
    _note("ChargeDescription", "charge_description", 512),
    _word("PricingCategory", "pricing_category", "Standard", "Dynamic", "Committed", "Other"),
    PRICING_QUANTITY,
    _text("PricingUnit", "pricing_unit", 64),
    LIST_UNIT_PRICE,
    LIST_COST,
    _number("ContractedUnitPrice", "contracted_unit_price"),
    CONTRACTED_COST,
    BILLED_COST,
    EFFECTIVE_COST,
    _number("ConsumedQuantity", "consumed_quantity"),
    _text("ConsumedUnit", "consumed_unit", 64),
    _text("ServiceCategory", "service_category", 64),
    SERVICE,
    REGION,
    _note("RegionName", "region_name", 128),
    RESOURCE,
    _note("ResourceName", "resource_name"),
    _text("ResourceType", "resource_type", 128),
    _text("SkuId", "sku_id"),
    _text("SkuPriceId", "sku_price_id"),
    _text("CommitmentDiscountId", "commitment_discount_id", 512),
    _text("InvoiceId", "invoice_id", 128),
    _note("InvoiceIssuerName", "invoice_issuer_name", 128),
)

# 1.3 split ProviderName in two and keeps the old name until 1.4; the seller of the service is ours.
OTHER_NAMES = {"ProviderName": ("ServiceProviderName",), "InvoiceIssuerName": ("InvoiceIssuer",)}

FIRST_SEEN_IN: dict[str, tuple[str, ...]] = {
    "1.3": (
        "AllocatedMethodDetails",
        "AllocatedMethodId",
        "AllocatedResourceId",
        "AllocatedResourceName",
        "AllocatedTags",
        "ContractApplied",
        "HostProviderName",
        "ServiceProviderName",
    ),
    "1.2": (
        "BillingAccountType",
        "InvoiceId",
        "PricingCurrency",
        "PricingCurrencyContractedUnitPrice",
        "PricingCurrencyEffectiveCost",
        "PricingCurrencyListUnitPrice",
        "SubAccountType",
    ),
    "1.1": (
        "CapacityReservationId",
        "CapacityReservationStatus",
        "CommitmentDiscountQuantity",
        "CommitmentDiscountUnit",
        "ServiceSubcategory",
        "SkuMeter",
        "SkuPriceDetails",
    ),
    "1.0": (
        *(column.name for column in COLUMNS if column.name != "InvoiceId"),
        "AvailabilityZone",
        "BillingAccountName",
        "CommitmentDiscountCategory",
        "CommitmentDiscountName",
        "CommitmentDiscountStatus",
        "CommitmentDiscountType",
        "PublisherName",
        "Tags",
    ),
}

# Every column that FOCUS knows, in one order that no file can change: a line's identity is read
# in it, so that a file whose columns were shuffled holds the same lines.
KNOWN: tuple[str, ...] = tuple(sorted({name for names in FIRST_SEEN_IN.values() for name in names}))

# Our own columns in an error file, so that a corrected error file can be imported as it is.
OWN_PREFIX = "x_kboss_"


def version_of(names: frozenset[str]) -> str:
    """The oldest FOCUS version that has all of the file's FOCUS columns."""
    for version, added in FIRST_SEEN_IN.items():
        if not names.isdisjoint(added):
            return version
    return "1.0"
