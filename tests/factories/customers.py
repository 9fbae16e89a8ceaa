from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from apps.core.encryption import mask_phone
from apps.customers.enums import ContactRole, VerificationStatus
from apps.customers.models import Contact, Customer, CustomerTag, Membership
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


class CustomerTagFactory(DjangoModelFactory):
    class Meta:
        model = CustomerTag
        django_get_or_create = ("tenant", "name")

    tenant = factory.SubFactory(TenantFactory)
    name = factory.Sequence("标签 {}".format)


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    customer = factory.SubFactory(CustomerFactory)
    user = factory.SubFactory(UserFactory)


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    name = factory.Sequence("韩梅梅 {}".format)
    roles = (ContactRole.FINANCE,)
    email = factory.Sequence("contact{}@customer.test".format)
    phone = factory.Sequence("+86138000{:05d}".format)
    phone_masked = factory.LazyAttribute(lambda contact: mask_phone(contact.phone))
    created_at = datetime(2026, 1, 1, tzinfo=UTC)
