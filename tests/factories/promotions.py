from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.customers.models import Customer, CustomerTag
from apps.products.campaigns import (
    BatchStatus,
    CampaignStatus,
    IssueStatus,
    PromotionKind,
    VoucherStatus,
)
from apps.products.enums import CapUnit, ChangeType, DiscountScope
from apps.products.models import (
    Campaign,
    Promotion,
    RuleClaim,
    Voucher,
    VoucherBatch,
    VoucherIssue,
)
from apps.rbac.models import Tenant
from tests.factories.customers import CustomerFactory
from tests.factories.products import LONG_AGO, QuoteFactory
from tests.factories.rbac import TenantFactory

FAR = datetime(2027, 12, 31, 16, 0, tzinfo=UTC)


def of_target(rule) -> str:
    """The scope follows from a target that is given."""
    targets = ("sku", "product", "category", "vendor")
    return next((t for t in targets if getattr(rule, t) is not None), DiscountScope.ALL)


class CampaignFactory(DjangoModelFactory):
    """A draft; `running=True` one that is live."""

    class Meta:
        model = Campaign

    class Params:
        running = factory.Trait(status=CampaignStatus.RUNNING, approved_at=LONG_AGO)
        paused = factory.Trait(
            status=CampaignStatus.PAUSED, approved_at=LONG_AGO, paused_at=LONG_AGO
        )

    number = factory.Sequence("CMP20261120{:06d}".format)
    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence("双十一 {}".format)
    starts_at = LONG_AGO
    ends_at = FAR
    created_at = LONG_AGO


class PromotionFactory(DjangoModelFactory):
    """20 % off everything for everybody, in a campaign that is live."""

    class Meta:
        model = Promotion
        skip_postgeneration_save = True

    campaign = factory.SubFactory(CampaignFactory, running=True)
    name = factory.Sequence("限时折扣 {}".format)
    kind = PromotionKind.PROMOTION
    change = ChangeType.PERCENT
    rate = Decimal("0.8")
    valid_from = factory.SelfAttribute("campaign.starts_at")
    valid_until = factory.SelfAttribute("campaign.ends_at")
    cap_counts = CapUnit.UNITS
    sku = product = category = vendor = None
    scope = factory.LazyAttribute(of_target)

    @factory.post_generation
    def customers(self, create: bool, extracted: list[Customer] | None, **_: object) -> None:
        if extracted:
            self.customers.set(extracted)

    @factory.post_generation
    def tags(self, create: bool, extracted: list[CustomerTag] | None, **_: object) -> None:
        if extracted:
            self.tags.set(extracted)

    @factory.post_generation
    def distributors(self, create: bool, extracted: list[Tenant] | None, **_: object) -> None:
        if extracted:
            self.distributors.set(extracted)


class VoucherBatchFactory(DjangoModelFactory):
    """Ten vouchers of 30.00 from 100.00 on, which can be handed out."""

    class Meta:
        model = VoucherBatch

    class Params:
        draft = factory.Trait(status=BatchStatus.DRAFT, approved_at=None)

    number = factory.Sequence("VCB20261120{:06d}".format)
    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence("满百减三十 {}".format)
    change = ChangeType.FACE_VALUE
    amount = Decimal("30.00")
    threshold = Decimal("100.00")
    valid_from = LONG_AGO
    valid_until = FAR
    total = 10
    status = BatchStatus.APPROVED
    created_at = LONG_AGO
    approved_at = LONG_AGO
    sku = product = category = vendor = None
    scope = factory.LazyAttribute(of_target)


class VoucherFactory(DjangoModelFactory):
    """One that its customer can use."""

    class Meta:
        model = Voucher

    code = factory.Sequence("VOUCHER{:05d}".format)
    customer = factory.SubFactory(CustomerFactory)
    batch = factory.SubFactory(
        VoucherBatchFactory, tenant=factory.SelfAttribute("..customer.tenant")
    )
    status = VoucherStatus.AVAILABLE
    issued_at = LONG_AGO
    received_at = LONG_AGO
    valid_from = LONG_AGO
    valid_until = FAR


class VoucherIssueFactory(DjangoModelFactory):
    class Meta:
        model = VoucherIssue

    batch = factory.SubFactory(VoucherBatchFactory)
    customer_ids: list[int] = []
    status = IssueStatus.WAITING
    created_at = LONG_AGO


class RuleClaimFactory(DjangoModelFactory):
    class Meta:
        model = RuleClaim

    key = factory.Sequence("ORD20261120{:06d}-K".format)
    rule_key = "promotion:1"
    customer = factory.SubFactory(CustomerFactory)
    quote = factory.SubFactory(QuoteFactory, customer=factory.SelfAttribute("..customer"))
    day = factory.LazyFunction(lambda: (LONG_AGO + timedelta(days=1)).date())
    units = 1
    orders = 1
    amount = Decimal("20.00")
    is_counted = True
    claimed_at = LONG_AGO
