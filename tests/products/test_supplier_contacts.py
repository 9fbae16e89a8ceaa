"""Whom to call at a supplier, and the terms on his page: who sees a number, and who a rate."""

from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry
from apps.products import services as products
from apps.products.errors import SupplierHasNoPhone, SupplierPhoneIsInvalid
from apps.products.models import SupplierContact
from tests.factories.agreements import SupplierTermFactory
from tests.factories.products import SupplierFactory, VendorFactory
from tests.factories.rbac import StaffFactory, give_role

pytestmark = pytest.mark.django_db

NUMBER = "+861065529988"
migration = import_module("apps.products.migrations.0015_supplier_contacts_and_terms")


@pytest.fixture
def supplier(platform):
    return SupplierFactory(tenant=platform)


@pytest.fixture
def contact(supplier, boss, now):
    facts = products.SupplierContactFacts("方经理", "商务", "f@supplier.example", "010 6552 9988")
    return products.add_supplier_contact(supplier=supplier, facts=facts, actor=boss, now=now)


def url_of(page, *args):
    return reverse(f"admin:products_suppliercontact_{page}", args=args)


def test_the_number_lies_sealed_and_is_shown_masked(contact):
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM products_suppliercontact WHERE id = %s", [contact.pk])
        [stored] = cursor.fetchone()

    assert "65529988" not in stored
    row = SupplierContact.objects.get()
    assert (str(row.phone), row.phone_masked.endswith("9988")) == (NUMBER, True)
    assert "6552" not in row.phone_masked
    assert not hasattr(row.history.get(), "phone")
    entry = AuditEntry.objects.get(verb="supplier.contact_added")
    assert entry.after["phone"] == row.phone_masked


def test_what_is_no_number_is_refused(contact, boss, now):
    facts = products.SupplierContactFacts("方经理", phone="12345")

    with pytest.raises(SupplierPhoneIsInvalid):
        products.change_supplier_contact(contact=contact, facts=facts, actor=boss, now=now)

    assert str(SupplierContact.objects.get().phone) == NUMBER


def test_looking_is_written_down(contact, boss, now):
    whole = products.reveal_supplier_phone(contact=contact, actor=boss, now=now)

    assert whole == NUMBER
    assert AuditEntry.objects.get(verb="supplier.phone_revealed").actor_id == boss.pk
    contact = products.change_supplier_contact(
        contact=contact,
        facts=products.SupplierContactFacts("方经理", phone=""),
        actor=boss,
        now=now,
    )
    with pytest.raises(SupplierHasNoPhone):
        products.reveal_supplier_phone(contact=contact, actor=boss, now=now)


def test_nobody_else_looks_or_writes(contact, supplier, clerk, stranger, rival_boss, now):
    facts = products.SupplierContactFacts("别人")

    for person in (clerk, stranger, rival_boss):
        with pytest.raises((Forbidden, NotFound)):
            products.reveal_supplier_phone(contact=contact, actor=person, now=now)
        with pytest.raises((Forbidden, NotFound)):
            products.change_supplier_contact(contact=contact, facts=facts, actor=person, now=now)
        with pytest.raises((Forbidden, NotFound)):
            products.add_supplier_contact(supplier=supplier, facts=facts, actor=person, now=now)

    assert [row.name for row in SupplierContact.objects.all()] == ["方经理"]
    assert not AuditEntry.objects.filter(verb="supplier.phone_revealed").exists()


class TestPages:
    def test_the_boss_writes_and_looks(self, browse, boss, supplier):
        client = browse(boss)
        form = {"supplier": supplier.pk, "name": "方经理", "duty": "商务", "email": ""}

        answer = client.post(url_of("add"), form | {"phone": "010 6552 9988"})
        assert answer.status_code == 302, answer.context["errors"]
        contact = SupplierContact.objects.get()
        client.post(url_of("change", contact.pk), form | {"duty": "财务", "phone": ""})

        contact.refresh_from_db()
        assert (contact.duty, str(contact.phone)) == ("财务", NUMBER)
        page = client.get(url_of("changelist")).content.decode()
        assert contact.phone_masked in page
        assert "65529988" not in page
        assert client.post(url_of("reveal", contact.pk)).json() == {"whole": NUMBER}

    def test_a_number_that_is_none_is_told(self, browse, boss, supplier):
        form = {"supplier": supplier.pk, "name": "方经理", "phone": "12345"}

        assert browse(boss).post(url_of("add"), form).status_code == 200
        assert not SupplierContact.objects.exists()

    def test_others_do_not(self, browse, contact, clerk, stranger, rival_boss):
        for person in (clerk, stranger, rival_boss):
            answer = browse(person).post(url_of("reveal", contact.pk))
            assert answer.status_code in {403, 404}, person

    def test_ten_ask_as_often_as_one(
        self, browse, boss, contact, supplier, now, django_assert_max_num_queries
    ):
        client = browse(boss)
        client.get(url_of("changelist"))
        with django_assert_max_num_queries(80) as one:
            client.get(url_of("changelist"))
        for number in range(9):
            facts = products.SupplierContactFacts(f"联系人 {number}", phone="010 6552 9988")
            products.add_supplier_contact(supplier=supplier, facts=facts, actor=boss, now=now)
        with django_assert_max_num_queries(len(one)):
            client.get(url_of("changelist"))


class TestTermsOnThePage:
    def test_the_supplier_s_page_shows_them_to_those_who_see_the_cost(
        self, browse, boss, supplier, platform
    ):
        SupplierTermFactory(tenant=platform, supplier=supplier, name="年度代理返点")
        address = reverse("admin:products_supplier_change", args=[supplier.pk])

        seen = browse(boss).get(address).content.decode()

        assert "年度代理返点" in seen
        assert "8 %" in seen

    def test_others_see_the_supplier_without_them(self, browse, supplier, platform, roles):
        SupplierTermFactory(tenant=platform, supplier=supplier, name="年度代理返点")
        manager = give_role(StaffFactory(tenant=platform), "sales-manager")
        address = reverse("admin:products_supplier_change", args=[supplier.pk])

        answer = browse(manager).get(address)

        assert answer.status_code == 200
        assert "年度代理返点" not in answer.content.decode()


class TestMigration:
    """Terms of before name their supplier where the text or the vendor says which."""

    def test_by_the_name_in_the_text_or_the_only_seller(self, platform):
        vendor = VendorFactory()
        named, sells = (
            SupplierFactory(tenant=platform, name="云渠道"),
            SupplierFactory(tenant=platform),
        )
        SupplierFactory(name="云渠道")  # another tenant's
        sells.vendors.add(vendor)
        terms = [
            SupplierTermFactory(tenant=platform, name="云渠道返点"),
            SupplierTermFactory(tenant=platform, scope="vendor", vendor=vendor),
            SupplierTermFactory(tenant=platform),
            SupplierTermFactory(tenant=platform, name="云渠道", kind="purchase", rate=Decimal(1)),
        ]

        migration.name_suppliers(apps, None)

        for term in terms:
            term.refresh_from_db()
        assert [term.supplier for term in terms] == [named, sells, None, None]
