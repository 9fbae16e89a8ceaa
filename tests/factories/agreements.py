from datetime import UTC, datetime, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.products.agreement_enums import AgreementStatus
from apps.products.enums import ChangeType
from apps.products.models import AgreementPrice, PriceAgreement
from tests.factories.customers import CustomerFactory
from tests.factories.rbac import StaffFactory

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
