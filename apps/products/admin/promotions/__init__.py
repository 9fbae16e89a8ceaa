from apps.products.admin.promotions.campaigns import CampaignAdmin
from apps.products.admin.promotions.rules import PromotionAdmin
from apps.products.admin.promotions.uses import RuleClaimAdmin
from apps.products.admin.promotions.vouchers import (
    VoucherAdmin,
    VoucherBatchAdmin,
    VoucherIssueAdmin,
)

__all__ = [
    "CampaignAdmin",
    "PromotionAdmin",
    "RuleClaimAdmin",
    "VoucherAdmin",
    "VoucherBatchAdmin",
    "VoucherIssueAdmin",
]
