from apps.products.models.addons import AddOn
from apps.products.models.agreements import AgreementPrice, PriceAgreement
from apps.products.models.authority import DiscountAuthority, ManualDiscount
from apps.products.models.carts import CartLine, Favorite
from apps.products.models.catalogue import Category, Product, Sku, Vendor
from apps.products.models.claims import RuleClaim, RuleCounter
from apps.products.models.dry_runs import RuleDryRun
from apps.products.models.imports import CatalogueImport, RefusedRow
from apps.products.models.price_changes import PriceBand, PriceChange, PriceChangeBatch
from apps.products.models.price_lists import PriceList, PriceListPrice
from apps.products.models.prices import CustomerDiscount, Price
from apps.products.models.promotions import Campaign, Promotion
from apps.products.models.quotes import Quote, QuoteLine
from apps.products.models.regions import CloudRegion, Zone
from apps.products.models.releases import GreyRelease, ProductInvitation
from apps.products.models.rule_versions import RuleVersion
from apps.products.models.shelf import ShelfEntry, ShelfOffer, ShelfSweep
from apps.products.models.stock import StockReservation
from apps.products.models.supplier_terms import SupplierTerm
from apps.products.models.suppliers import Supplier, SupplierAccount, SupplierContact
from apps.products.models.taxes import TaxClass, TaxRate
from apps.products.models.versions import SkuVersion
from apps.products.models.vouchers import Voucher, VoucherBatch, VoucherIssue

__all__ = [
    "AddOn",
    "AgreementPrice",
    "Campaign",
    "CartLine",
    "CatalogueImport",
    "Category",
    "CloudRegion",
    "CustomerDiscount",
    "DiscountAuthority",
    "Favorite",
    "GreyRelease",
    "ManualDiscount",
    "Price",
    "PriceAgreement",
    "PriceBand",
    "PriceChange",
    "PriceChangeBatch",
    "PriceList",
    "PriceListPrice",
    "Product",
    "ProductInvitation",
    "Promotion",
    "Quote",
    "QuoteLine",
    "RefusedRow",
    "RuleClaim",
    "RuleCounter",
    "RuleDryRun",
    "RuleVersion",
    "ShelfEntry",
    "ShelfOffer",
    "ShelfSweep",
    "Sku",
    "SkuVersion",
    "StockReservation",
    "Supplier",
    "SupplierAccount",
    "SupplierContact",
    "SupplierTerm",
    "TaxClass",
    "TaxRate",
    "Vendor",
    "Voucher",
    "VoucherBatch",
    "VoucherIssue",
    "Zone",
]
