from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.products.agreement_enums import AgreementStatus
from apps.products.enums import ChangeType
from apps.products.models import (
    AgreementPrice,
    DiscountAuthority,
    ManualDiscount,
    PriceAgreement,
    PriceList,
    RuleDryRun,
    SupplierTerm,
)
from tests.factories.customers import CustomerFactory
from tests.factories.products import QuoteFactory, SkuFactory
from tests.factories.rbac import RoleFactory, StaffFactory, TenantFactory

# Whole days in Shanghai: January 1, 2026 to December 31, 2026.
BEGIN = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
END = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)


class PriceAgreementFactory(DjangoModelFactory):
    """A draft for 2026; `in_force=True` one that was agreed."""

    class Meta:
        model = PriceAgreement

    class Params:
        in_force = factory.Trait(status=AgreementStatus.IN_FORCE, approved_at=BEGIN)

    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    number = factory.Sequence("AGR20260101{:06d}".format)
    name = "2026 年度框架协议"
    valid_from = BEGIN
    valid_until = END
    prices_until = factory.LazyAttribute(lambda a: a.valid_until + timedelta(days=a.grace_days))
    grace_days = 0
    created_by = factory.SubFactory(StaffFactory, tenant=factory.SelfAttribute("..customer.tenant"))
    created_at = BEGIN


class AgreementPriceFactory(DjangoModelFactory):
    """15 % off everything; the scope follows from a target that is given."""

    class Meta:
        model = AgreementPrice

    agreement = factory.SubFactory(PriceAgreementFactory)
    name = factory.Sequence("协议价 {}".format)
    change = ChangeType.PERCENT
    rate = factory.LazyAttribute(lambda p: Decimal("0.85") if p.change == "percent" else None)
    valid_from = factory.SelfAttribute("agreement.valid_from")
    valid_until = factory.SelfAttribute("agreement.prices_until")
    sku = product = category = vendor = None

    @factory.lazy_attribute
    def scope(self) -> str:
        targets = ("sku", "product", "category", "vendor")
        return next((t for t in targets if getattr(self, t) is not None), "all")


class RuleDryRunFactory(DjangoModelFactory):
    class Meta:
        model = RuleDryRun

    tenant = factory.SubFactory(TenantFactory)
    subject = "products.PriceAgreement"
    subject_pk = 1
    subject_name = "2026 年度框架协议"
    fingerprint = "0" * 64
    since = BEGIN
    until = END
    started_by = factory.SubFactory(StaffFactory, tenant=factory.SelfAttribute("..tenant"))
    created_at = BEGIN


class DiscountAuthorityFactory(DjangoModelFactory):
    class Meta:
        model = DiscountAuthority

    tenant = factory.SubFactory(TenantFactory)
    role = factory.SubFactory(RoleFactory, tenant=factory.SelfAttribute("..tenant"))
    lowest_rate = Decimal("0.85")
    product = category = vendor = None

    @factory.lazy_attribute
    def scope(self) -> str:
        targets = ("product", "category", "vendor")
        return next((t for t in targets if getattr(self, t) is not None), "all")


class ManualDiscountFactory(DjangoModelFactory):
    class Meta:
        model = ManualDiscount

    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    quote = factory.SubFactory(QuoteFactory, customer=factory.SelfAttribute("..customer"))
    sku = factory.SubFactory(SkuFactory)
    product = factory.SelfAttribute("sku.product")
    list_amount = before = Decimal("100.00")
    amount = Decimal("90.00")
    off = Decimal("10.00")
    reason = "老客户"
    given_by = factory.SubFactory(StaffFactory, tenant=factory.SelfAttribute("..customer.tenant"))
    given_at = BEGIN


class PriceListFactory(DjangoModelFactory):
    class Meta:
        model = PriceList

    tenant = factory.SubFactory(TenantFactory)
    name = "渠道价目表"
    valid_from = BEGIN


class SupplierTermFactory(DjangoModelFactory):
    class Meta:
        model = SupplierTerm

    tenant = factory.SubFactory(TenantFactory)
    name = "代理返点"
    kind = "rebate"
    rate = Decimal("0.08")
    scope = "all"
    valid_from = BEGIN
