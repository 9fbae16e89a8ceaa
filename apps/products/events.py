from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class PriceSet(Event):
    price_id: int


@dataclass(frozen=True)
class CatalogueImportRequested(Event):
    import_id: int


@dataclass(frozen=True)
class PriceChangesApproved(Event):
    """So many more price changes wait to be applied."""

    count: int


@dataclass(frozen=True)
class ProductPublished(Event):
    product_id: int


@dataclass(frozen=True)
class ProductReleasedGrey(Event):
    product_id: int


@dataclass(frozen=True)
class ProductFrozen(Event):
    product_id: int


@dataclass(frozen=True)
class ProductSalesStopped(Event):
    product_id: int


@dataclass(frozen=True)
class ProductRetired(Event):
    product_id: int


@dataclass(frozen=True)
class DiscountGranted(Event):
    discount_id: int
    customer_id: int


@dataclass(frozen=True)
class DistributorPricingApproved(Event):
    """A distributor (a tenant) may buy at `percent` of our list prices."""

    approval_id: int
    distributor_id: int
    percent: str


@dataclass(frozen=True)
class CampaignLaunched(Event):
    campaign_id: int


@dataclass(frozen=True)
class VouchersToIssue(Event):
    issue_id: int


@dataclass(frozen=True)
class AgreementInForce(Event):
    agreement_id: int
    customer_id: int


@dataclass(frozen=True)
class AgreementEnded(Event):
    """Its time was over, or it was terminated, or its next version took over."""

    agreement_id: int
    customer_id: int


@dataclass(frozen=True)
class DryRunRequested(Event):
    dry_run_id: int
