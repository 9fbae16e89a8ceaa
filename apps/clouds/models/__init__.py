from apps.clouds.models.accounts import CloudAccount
from apps.clouds.models.bills import BillPeriod, SubAccount, VendorBillLine
from apps.clouds.models.imports import BadBillRow, BillImport
from apps.clouds.models.price_syncs import PriceSync
from apps.clouds.models.resources import Resource
from apps.clouds.models.usage import ExchangeRate, UsageRating

__all__ = [
    "BadBillRow",
    "BillImport",
    "BillPeriod",
    "CloudAccount",
    "ExchangeRate",
    "PriceSync",
    "Resource",
    "SubAccount",
    "UsageRating",
    "VendorBillLine",
]
