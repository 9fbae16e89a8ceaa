from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from apps.customers.enums import VerificationStatus
from apps.customers.models import Customer, Membership
from tests.factories.rbac import TenantFactory, UserFactory


class CustomerFactory(DjangoModelFactory):
    class Meta:
        model = Customer

    class Params:
        verified = factory.Trait(
            verification=VerificationStatus.VERIFIED,
            verified_at=datetime(2026, 1, 5, 2, 0, tzinfo=UTC),
        )

    number = factory.Sequence("C20260101{:06d}".format)
    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence("示例科技 {} 有限公司".format)
    created_at = datetime(2026, 1, 1, tzinfo=UTC)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    customer = factory.SubFactory(CustomerFactory)
    user = factory.SubFactory(UserFactory)
