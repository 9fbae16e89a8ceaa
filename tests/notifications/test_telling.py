"""What happens is told to those whom it concerns, by the receivers of each app."""

from datetime import date

import pytest
import time_machine

from apps.billing.events import BillIssued, RechargePaid
from apps.clouds.events import BillImportEnded, ResourceExpired
from apps.core import events
from apps.customers.enums import ContactRole
from apps.customers.events import CustomerVerified, VerificationRejected
from apps.customers.services.telling import recipients_of
from apps.notifications import catalogue
from apps.notifications.catalogue import LANGUAGES
from apps.notifications.models import Delivery, Message
from apps.notifications.wording import fill, placeholders_in
from apps.orders.events import OrderCompleted, OrderParked, OrderRefunded
from apps.rbac.events import PasswordChanged, RoleGranted, RoleRevoked, SignedInFromNewDevice
from apps.rbac.models import Role
from tests.factories.billing import RechargeFactory, bill
from tests.factories.bills import BillImportFactory
from tests.factories.clouds import ResourceFactory
from tests.factories.customers import ContactFactory, MembershipFactory
from tests.factories.rbac import SignInEventFactory, StaffFactory, UserFactory
from tests.isolation.world import saga as a_saga

pytestmark = pytest.mark.django_db


def happen(event):
    """Receivers may be called twice; only what tells is called here."""
    for name, receiver in events._receivers[events.kind_of(type(event))].items():
        if ".tell" in name:
            receiver(event)
            receiver(event)


def told(user):
    rows = Message.objects.filter(user=user).order_by("pk")
    return [(row.kind, row.link) for row in rows]


@pytest.fixture
def accountant(customer):
    """A finance contact with an account of her own."""
    user = UserFactory(tenant=customer.tenant, email="accountant@customer.test")
    ContactFactory(customer=customer, user=user, email=user.email)
    return user


@pytest.fixture
def saga(customer):
    return a_saga(customer)


class TestRecipients:
    """CUS-6"""

    def find(self, customer, *roles):
        found = recipients_of(customer_id=customer.pk, roles=frozenset(roles))
        return {user.email for user in found.users}, {row.email for row in found.addresses}

    def test_by_role_with_an_account_or_without(self, customer, member, accountant):
        ContactFactory(customer=customer, email="out@customer.test")
        ContactFactory(customer=customer, roles=(ContactRole.TECHNICAL,))
        ContactFactory(customer=customer, is_active=False)
        ContactFactory()

        assert self.find(customer, "finance") == (
            {"accountant@customer.test"},
            {"out@customer.test"},
        )

    def test_nobody_with_the_role_is_the_primary_account(self, customer, member, accountant):
        MembershipFactory(customer=customer)

        assert self.find(customer, "technical") == ({"member@customer.test"}, set())
        assert self.find(customer) == ({"member@customer.test"}, set())

    def test_each_person_once(self, customer, member):
        ContactFactory(
            customer=customer,
            user=member,
            roles=(ContactRole.PRIMARY, ContactRole.FINANCE),
        )

        assert self.find(customer, "primary", "finance") == ({"member@customer.test"}, set())


def test_money(customer, member, accountant, outsider):
    recharge = RechargeFactory(customer=customer, amount="88.80")
    issued = bill(customer, "10.00", month=date(2026, 10, 1))

    happen(RechargePaid(recharge_id=recharge.pk, customer_id=customer.pk))
    happen(BillIssued(bill_id=issued.pk, customer_id=customer.pk, revision=1))
    happen(BillIssued(bill_id=issued.pk, customer_id=customer.pk, revision=2))

    expected = [
        ("billing.recharge_paid", f"/wallet/recharges/{recharge.pk}"),
        ("billing.bill_issued", f"/bills/{issued.pk}"),
        ("billing.bill_corrected", f"/bills/{issued.pk}"),
    ]
    assert told(member) == told(accountant) == expected
    assert told(outsider) == []
    assert Message.objects.filter(subject="充值 ¥88.80 已到账").count() == 2
    assert Message.objects.filter(subject__startswith="2026-10 账单").count() == 4


def test_orders(saga, member, accountant, boss, clerk, stranger, rival_boss):
    order = saga.order

    happen(OrderCompleted(order_id=order.pk))
    happen(OrderRefunded(order_id=order.pk))
    happen(OrderParked(order_id=order.pk))

    page = f"/orders/{order.pk}"
    assert told(member) == [("orders.completed", page)]
    assert told(accountant) == [("orders.refunded", page)]
    assert told(boss) == [("orders.parked", f"/admin/orders/order/{order.pk}/change/")]
    assert told(clerk) == told(stranger) == told(rival_boss) == []


def test_resources(customer, member):
    resource = ResourceFactory(customer=customer)

    happen(ResourceExpired(resource_id=resource.pk))

    assert told(member) == [("clouds.resource_expired", f"/resources/{resource.pk}")]


def test_imports(platform, boss, clerk):
    mine = BillImportFactory(tenant=platform, created_by=boss)
    by_command = BillImportFactory(tenant=platform, created_by=None)

    for job in (mine, by_command):
        happen(BillImportEnded(bill_import_id=job.pk, attempt=1))

    assert told(boss) == [("clouds.import_ended", f"/admin/clouds/billimport/{mine.pk}/change/")]
    assert told(clerk) == []


def test_papers(customer, member):
    happen(VerificationRejected(customer_id=customer.pk, reason="名称不一致", at="20261120100000"))
    happen(CustomerVerified(customer_id=customer.pk))

    assert told(member) == [
        ("customers.verification_rejected", "/account"),
        ("customers.verified", "/account"),
    ]
    assert "名称不一致" in Message.objects.filter(user=member).earliest("pk").text


def test_accounts(member, roles):
    signin = SignInEventFactory(user=member, user_agent="Strange")
    role = Role.objects.get(code="portal-finance")

    happen(SignedInFromNewDevice(user_id=member.pk, sign_in_event_id=signin.pk))
    happen(PasswordChanged(user_id=member.pk, audit_entry_id=1))
    happen(RoleGranted(user_id=member.pk, role_id=role.pk, grant_id=1))
    happen(RoleRevoked(user_id=member.pk, role_id=role.pk, grant_id=2))

    assert [kind for kind, _link in told(member)] == [
        "rbac.new_device",
        "rbac.password_changed",
        "rbac.role_granted",
        "rbac.role_revoked",
    ]
    mail = Delivery.objects.get(template="rbac.new_device", channel="email")
    assert "Strange" in mail.body


def test_what_is_told_twice_is_heard_once_however_late(member, roles):
    role = Role.objects.get(code="portal-finance")
    changed = PasswordChanged(user_id=member.pk, audit_entry_id=1)
    granted = RoleGranted(user_id=member.pk, role_id=role.pk, grant_id=1)

    for moment in ("2026-11-20 10:00", "2026-11-20 16:30"):
        with time_machine.travel(moment, tick=False):
            happen(changed)
            happen(granted)
    happen(PasswordChanged(user_id=member.pk, audit_entry_id=2))

    assert [kind for kind, _link in told(member)] == [
        "rbac.password_changed",
        "rbac.role_granted",
        "rbac.password_changed",
    ]


def test_an_order_of_a_tenant_without_staff_is_told_to_those_above(distributor, boss, clerk, roles):
    from_below = StaffFactory(tenant=distributor)
    saga = a_saga(ContactFactory(customer__tenant=distributor).customer)

    happen(OrderParked(order_id=saga.order_id))

    assert [kind for kind, _link in told(boss)] == ["orders.parked"]
    assert told(from_below) == told(clerk) == []


REAL = [kind for kind in catalogue.kinds() if not kind.code.startswith("test.")]


@pytest.mark.parametrize("kind", REAL, ids=lambda kind: kind.code)
def test_each_kind_has_all_its_words(kind):
    for language in LANGUAGES:
        words = kind.texts[language]
        assert placeholders_in(words.subject + words.text) <= set(kind.placeholders), language
        fill(words.subject + words.text, kind.sample_facts())
    assert set(kind.samples) == set(kind.placeholders)
    assert str(kind.label)
    assert str(kind.when)
    assert str(kind.audience)
