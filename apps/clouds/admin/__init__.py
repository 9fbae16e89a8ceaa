from apps.clouds.admin.accounts import CloudAccountAdmin
from apps.clouds.admin.bills import BillPeriodAdmin, VendorBillLineAdmin
from apps.clouds.admin.imports import BillImportAdmin
from apps.clouds.admin.parties import ExchangeRateAdmin, SubAccountAdmin, UsageRatingAdmin
from apps.clouds.admin.price_syncs import PriceSyncAdmin
from apps.clouds.admin.resources import ResourceAdmin

__all__ = [
    "BillImportAdmin",
    "BillPeriodAdmin",
    "CloudAccountAdmin",
    "ExchangeRateAdmin",
    "PriceSyncAdmin",
    "ResourceAdmin",
    "SubAccountAdmin",
    "UsageRatingAdmin",
    "VendorBillLineAdmin",
]
