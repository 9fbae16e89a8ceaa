"""What approval means to the catalogue; imported when the app starts."""

from apps.approvals.kinds import register
from apps.products.approvals.agreements import AgreementPricing
from apps.products.approvals.listing import ListingReview
from apps.products.approvals.price_changes import PriceChangeApproval
from apps.products.approvals.price_lists import PriceListPublication
from apps.products.approvals.pricing import CustomerPricing, DistributorPricing, SpecialDiscount
from apps.products.approvals.promotions import PromotionLaunch, VoucherApproval

for kind in (
    AgreementPricing(),
    CustomerPricing(),
    SpecialDiscount(),
    DistributorPricing(),
    PriceListPublication(),
    ListingReview(),
    PriceChangeApproval(),
):
    register(kind)
for offer in (PromotionLaunch(), VoucherApproval()):
    register(offer)
