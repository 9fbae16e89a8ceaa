from apps.products.admin.agreements import PriceAgreementAdmin
from apps.products.admin.authority import DiscountAuthorityAdmin, ManualDiscountAdmin
from apps.products.admin.catalogue import CategoryAdmin, ProductAdmin, SkuAdmin, VendorAdmin
from apps.products.admin.dry_runs import RuleDryRunAdmin
from apps.products.admin.levels import PriceListAdmin, SupplierTermAdmin
from apps.products.admin.price_changes import PriceBandAdmin, PriceChangeAdmin
from apps.products.admin.prices import CustomerDiscountAdmin, PriceAdmin
from apps.products.admin.promotions import (
    CampaignAdmin,
    PromotionAdmin,
    RuleClaimAdmin,
    VoucherAdmin,
    VoucherBatchAdmin,
    VoucherIssueAdmin,
)
from apps.products.admin.quotes import QuoteAdmin
from apps.products.admin.stock import StockReservationAdmin

__all__ = [
    "CampaignAdmin",
    "CategoryAdmin",
    "CustomerDiscountAdmin",
    "DiscountAuthorityAdmin",
    "ManualDiscountAdmin",
    "PriceAdmin",
    "PriceAgreementAdmin",
    "PriceBandAdmin",
    "PriceChangeAdmin",
    "PriceListAdmin",
    "ProductAdmin",
    "PromotionAdmin",
    "QuoteAdmin",
    "RuleClaimAdmin",
    "RuleDryRunAdmin",
    "SkuAdmin",
    "StockReservationAdmin",
    "SupplierTermAdmin",
    "VendorAdmin",
    "VoucherAdmin",
    "VoucherBatchAdmin",
    "VoucherIssueAdmin",
]
