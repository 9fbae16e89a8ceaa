from apps.products.admin.agreements import PriceAgreementAdmin
from apps.products.admin.authority import DiscountAuthorityAdmin, ManualDiscountAdmin
from apps.products.admin.catalogue import ProductAdmin
from apps.products.admin.dry_runs import RuleDryRunAdmin
from apps.products.admin.imports import CatalogueImportAdmin
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
from apps.products.admin.reference import (
    CategoryAdmin,
    CloudRegionAdmin,
    GreyReleaseAdmin,
    TaxClassAdmin,
    VendorAdmin,
)
from apps.products.admin.skus import SkuAdmin
from apps.products.admin.stock import StockReservationAdmin
from apps.products.admin.suppliers import (
    SupplierAccountAdmin,
    SupplierAdmin,
    SupplierContactAdmin,
)

__all__ = [
    "CampaignAdmin",
    "CatalogueImportAdmin",
    "CategoryAdmin",
    "CloudRegionAdmin",
    "CustomerDiscountAdmin",
    "DiscountAuthorityAdmin",
    "GreyReleaseAdmin",
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
    "SupplierAccountAdmin",
    "SupplierAdmin",
    "SupplierContactAdmin",
    "SupplierTermAdmin",
    "TaxClassAdmin",
    "VendorAdmin",
    "VoucherAdmin",
    "VoucherBatchAdmin",
    "VoucherIssueAdmin",
]
