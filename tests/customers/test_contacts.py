"""CUS-5, CUS-6: contacts, whom notices go to, and who may see a phone number."""

import io
import json

import pytest
from openpyxl import load_workbook

from apps.core.encryption import mask_phone
from apps.core.errors import Forbidden, Invalid, NotFound
from apps.core.models import AuditEntry
from apps.customers import services
from apps.customers.enums import ContactRole
from apps.customers.errors import ContactHasNoPhone, ContactIsKnown
from apps.customers.models import Contact
from apps.customers.selectors import contacts_of
from tests.factories.customers import ContactFactory, CustomerFactory, MembershipFactory
from tests.factories.rbac import StaffFactory, UserFactory, give_role

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

PHONE = "+8613800138000"
MASKED = "138****8000"
FACTS = services.ContactFacts(
    name="韩梅梅", roles=["finance", "business"], email="Han@Example.com", phone="138 0013 8000"
)


def add(customer, actor, now, **facts):
    given = services.ContactFacts(**{**FACTS.__dict__, **facts})
    return services.add_contact(customer=customer, facts=given, actor=actor, now=now)


def test_keeps_what_is_known(boss, customer, now):
    contact = add(customer, boss, now)

    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.phone) == ("韩梅梅", "han@example.com", PHONE)
    assert contact.roles == (ContactRole.BUSINESS, ContactRole.FINANCE)
    assert contact.get_roles_display() == "商务、财务"
    assert contact.phone_masked == MASKED


def test_the_one_who_signs_up_is_the_first_contact(outsider, now):
    customer = services.register_customer(user=outsider, company_name="夜航科技", now=now)

    [contact] = contacts_of(customer, ContactRole.PRIMARY)
    assert (contact.user, contact.email) == (outsider, "outsider@customer.test")


def test_notices_find_their_readers_by_role(customer):
    finance = ContactFactory(customer=customer, roles=["finance", "business"])
    ContactFactory(customer=customer, roles=["technical"])
    ContactFactory(customer=customer, roles=["finance"], is_active=False)
    ContactFactory(roles=["finance"])

    assert contacts_of(customer, ContactRole.FINANCE) == [finance]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"name": " "}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": ["emperor"]}, "roles"),
        ({"phone": "12345"}, "phone"),
        ({"email": "", "phone": ""}, "email"),
    ],
)
def test_refuses_what_is_no_contact(facts, field, boss, customer, now):
    with pytest.raises(Invalid) as caught:
        add(customer, boss, now, **facts)

    assert field in caught.value.fields
    assert not Contact.objects.exists()


def test_refuses_a_portal_account_of_somebody_else(boss, customer, outsider, now):
    with pytest.raises(Invalid) as caught:
        add(customer, boss, now, user=outsider)

    assert "user" in caught.value.fields


@pytest.mark.parametrize("facts", [{"phone": ""}, {"email": "", "phone": "+86 138-0013-8000"}])
def test_a_person_is_a_contact_of_a_company_once(facts, boss, customer, now):
    add(customer, boss, now)

    with pytest.raises(ContactIsKnown):
        add(customer, boss, now, **facts)

    assert Contact.objects.count() == 1


def test_a_person_may_be_a_contact_of_several_companies(boss, customer, platform, now):
    here = add(customer, boss, now)
    there = add(CustomerFactory(tenant=platform), boss, now)

    assert list(Contact.objects.same_person_as(here)) == [there]


def test_a_change_without_a_number_keeps_the_number(boss, customer, now):
    contact = add(customer, boss, now)
    facts = services.ContactFacts(name="韩梅", roles=["finance"], email="han@example.com")

    changed = services.change_contact(contact=contact, facts=facts, actor=boss, now=now)

    changed.refresh_from_db()
    assert (changed.name, changed.phone, changed.phone_masked) == ("韩梅", PHONE, MASKED)
    entry = AuditEntry.objects.get(verb="contact.changed")
    assert entry.before == {"name": "韩梅梅", "roles": ["business", "finance"]}
    assert entry.after == {"name": "韩梅", "roles": ["finance"]}


def test_a_changed_number_is_found_by_the_new_one_alone(boss, customer, now):
    contact = add(customer, boss, now)
    facts = services.ContactFacts(name="韩梅梅", roles=["finance"], phone="13900139111")

    services.change_contact(contact=contact, facts=facts, actor=boss, now=now)

    assert not Contact.objects.with_phone(PHONE).exists()
    assert Contact.objects.with_phone("139 0013 9111").get() == contact


def test_who_is_deactivated_gets_nothing_and_may_come_back(boss, customer, now):
    contact = add(customer, boss, now)

    services.deactivate_contact(contact=contact, actor=boss, now=now)
    assert contacts_of(customer, ContactRole.FINANCE) == []

    services.restore_contact(contact=contact, actor=boss, now=now)
    assert contacts_of(customer, ContactRole.FINANCE) == [contact]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("13800138000", True),
        ("+86 138 0013 8000", True),
        ("8000", True),
        ("3800", False),
        ("138001", False),
        ("13900008000", False),
    ],
)
def test_finds_by_the_whole_number_or_its_tail(asked, is_found):
    ContactFactory(phone=PHONE)

    assert Contact.objects.with_phone(asked).exists() is is_found


class TestRevealing:
    def test_shows_the_number_and_writes_it_down(self, clerk, customer, now):
        customer.owner = clerk
        customer.save()
        contact = ContactFactory(customer=customer, phone=PHONE)

        phone = services.reveal_phone(contact=contact, actor=clerk, now=now)

        assert phone == PHONE
        entry = AuditEntry.objects.get(verb="contact.phone_revealed")
        assert (entry.actor_id, entry.facts) == (clerk.pk, {"phone": MASKED})

    def test_not_to_those_who_may_not(self, platform, roles, customer, now):
        auditor = give_role(StaffFactory(tenant=platform), "auditor")
        contact = ContactFactory(customer=customer)

        with pytest.raises(Forbidden):
            services.reveal_phone(contact=contact, actor=auditor, now=now)

        assert not AuditEntry.objects.filter(verb="contact.phone_revealed").exists()

    @pytest.mark.parametrize("who", ["stranger", "clerk", "rival_boss", "outsider"])
    def test_not_of_somebody_elses_customer(self, who, customer, now, request):
        actor = request.getfixturevalue(who)
        contact = ContactFactory(customer=customer)

        for service in (services.reveal_phone, services.deactivate_contact):
            with pytest.raises(NotFound):
                service(contact=contact, actor=actor, now=now)

    def test_nothing_where_there_is_none(self, boss, customer, now):
        contact = ContactFactory(customer=customer, phone="", phone_masked="")

        with pytest.raises(ContactHasNoPhone):
            services.reveal_phone(contact=contact, actor=boss, now=now)


def test_numbers_are_in_no_log(boss, customer, now):
    contact = add(customer, boss, now)
    facts = services.ContactFacts(name="韩梅梅", roles=["finance"], phone="13900139111")
    services.change_contact(contact=contact, facts=facts, actor=boss, now=now)
    services.reveal_phone(contact=contact, actor=boss, now=now)

    logs = [*AuditEntry.objects.values(), *Contact.history.values()]
    text = json.dumps(logs, default=str)
    assert "138****8000" in text
    for secret in ("13800138000", "13900139111", contact.phone_index):
        assert secret not in text


class TestAdmin:
    LIST = "/admin/customers/contact/"

    def test_lists_are_masked_and_ask_as_often_for_ten_rows(
        self, boss, customer, browse, django_assert_max_num_queries
    ):
        client = browse(boss)
        first = ContactFactory(customer=customer, phone=PHONE)
        page = client.get(self.LIST).content.decode()
        assert MASKED in page
        assert "13800138000" not in page
        assert f"{self.LIST}{first.pk}/reveal/" in page
        with django_assert_max_num_queries(100) as one:
            client.get(self.LIST)
        ContactFactory.create_batch(9, customer=customer)

        with django_assert_max_num_queries(100) as ten:
            client.get(self.LIST)

        assert len(one) == len(ten)

    def test_pages_are_masked(self, boss, customer, browse, now):
        contact = add(customer, boss, now)
        client = browse(boss)

        for address in (
            f"{self.LIST}{contact.pk}/change/",
            f"{self.LIST}{contact.pk}/history/",
            f"/admin/customers/customer/{customer.pk}/change/",
            f"/admin/core/auditentry/?q=Contact:{contact.pk}",
        ):
            page = client.get(address)
            assert page.status_code == 200, address
            assert "13800138000" not in page.content.decode(), address

    def test_the_eye_shows_the_number(self, boss, customer, browse):
        contact = ContactFactory(customer=customer, phone=PHONE)
        client = browse(boss)

        answer = client.post(f"{self.LIST}{contact.pk}/reveal/")

        assert answer.json() == {"whole": PHONE}
        assert "no-store" in answer.headers["Cache-Control"]
        assert AuditEntry.objects.filter(verb="contact.phone_revealed").count() == 1
        assert client.get(f"{self.LIST}{contact.pk}/reveal/").status_code == 405

    @pytest.mark.parametrize("who", ["stranger", "clerk", "rival_boss"])
    def test_the_eye_is_shut_for_others(self, who, customer, browse, request):
        contact = ContactFactory(customer=customer)

        answer = browse(request.getfixturevalue(who)).post(f"{self.LIST}{contact.pk}/reveal/")

        assert answer.status_code in {403, 404}

    def test_adds_and_changes(self, boss, customer, browse):
        client = browse(boss)
        form = {"customer": customer.pk, "name": "李雷", "roles": ["technical"], "phone": PHONE}

        client.post(f"{self.LIST}add/", form)
        contact = Contact.objects.get()
        changed = {"name": "李雷", "roles": ["technical", "finance"], "email": "li@example.com"}
        answer = client.post(f"{self.LIST}{contact.pk}/change/", changed)

        assert answer.status_code == 302
        contact.refresh_from_db()
        assert (contact.roles, contact.phone) == (("technical", "finance"), PHONE)
        assert contact.email == "li@example.com"

    def test_a_refusal_keeps_what_was_typed(self, boss, customer, browse):
        form = {"customer": customer.pk, "name": "李雷", "roles": ["technical"], "phone": "12"}

        page = browse(boss).post(f"{self.LIST}add/", form)

        assert page.status_code == 200
        assert "这不是有效的电话号码" in page.content.decode()
        assert "李雷" in page.content.decode()
        assert not Contact.objects.exists()

    @pytest.mark.parametrize("asked", ["138 0013 8000", "8000", "韩梅梅"])
    @pytest.mark.parametrize("of", ["customers/contact", "customers/customer"])
    def test_searches(self, asked, of, boss, customer, browse):
        if asked == "韩梅梅" and of == "customers/customer":
            pytest.skip("customers are found by their own names")
        contact = ContactFactory(customer=customer, phone=PHONE, name="韩梅梅")
        ContactFactory(name="李雷")
        row = contact if of.endswith("contact") else customer

        page = browse(boss).get(f"/admin/{of}/", {"q": asked}).context["cl"]

        assert list(page.result_list) == [row]

    def test_a_clerk_does_not_find_others_customers_by_phone(self, clerk, customer, browse):
        ContactFactory(customer=customer, phone=PHONE)

        page = browse(clerk).get("/admin/customers/customer/", {"q": PHONE}).context["cl"]

        assert list(page.result_list) == []

    def test_exports_are_masked(self, boss, customer, browse):
        ContactFactory(customer=customer, phone=PHONE)

        answer = browse(boss).post(f"{self.LIST}export/", {"format": "0", "resource": ""})

        rows = list(load_workbook(io.BytesIO(answer.content)).active.values)
        assert MASKED in rows[1]
        assert "13800138000" not in str(rows)

    def test_nothing_is_deleted(self, boss, customer, browse):
        contact = ContactFactory(customer=customer)

        answer = browse(boss).post(f"{self.LIST}{contact.pk}/delete/", {"post": "yes"})

        assert answer.status_code == 403
        assert Contact.objects.filter(pk=contact.pk).exists()


class TestApi:
    URL = "/api/v1/me/contacts/"

    def test_the_owner_keeps_the_contacts(self, api, member, customer):
        body = {"name": "韩梅梅", "roles": ["finance"], "phone": "13800138000", "user": member.pk}

        made = api(member).post(self.URL, body, format="json")

        assert made.status_code == 201
        contact = Contact.objects.get()
        assert made.json()["phone_masked"] == MASKED
        assert (contact.customer, contact.user) == (customer, member)
        changed = {"name": "韩梅梅", "roles": ["finance", "technical"], "email": "h@example.com"}
        answer = api(member).put(f"{self.URL}{contact.pk}/", changed, format="json")
        assert answer.json()["roles"] == ["technical", "finance"]
        contact.refresh_from_db()
        assert contact.phone == PHONE

    def test_colleagues_read(self, api, customer, roles):
        colleague = give_role(UserFactory(tenant=customer.tenant), "portal-finance")
        MembershipFactory(customer=customer, user=colleague)
        contact = ContactFactory(customer=customer, phone=PHONE)
        client = api(colleague)

        listed = client.get(self.URL)
        assert [row["phone_masked"] for row in listed.json()["results"]] == [MASKED]
        assert "13800138000" not in listed.content.decode()
        body = {"name": "某某", "roles": ["finance"], "email": "a@example.com"}
        assert client.post(self.URL, body, format="json").status_code == 403
        assert client.put(f"{self.URL}{contact.pk}/", body, format="json").status_code == 403
        for act in ("deactivate", "restore", "reveal"):
            assert client.post(f"{self.URL}{contact.pk}/{act}/").status_code == 403, act
        assert Contact.objects.count() == 1

    def test_the_eye(self, api, member, customer):
        contact = ContactFactory(customer=customer, phone=PHONE)
        headers = {"Idempotency-Key": "reveal-once"}

        answer = api(member).post(f"{self.URL}{contact.pk}/reveal/", headers=headers)
        again = api(member).post(f"{self.URL}{contact.pk}/reveal/", headers=headers)

        assert answer.json() == {"phone": PHONE}
        assert "no-store" in answer.headers["Cache-Control"]
        assert again.json() == {}  # answers are stored without the number
        assert AuditEntry.objects.filter(verb="contact.phone_revealed").count() == 1

    def test_portal_accounts_of_others_do_not_exist(self, api, member, outsider):
        body = {"name": "某某", "roles": ["finance"], "email": "a@b.cn", "user": outsider.pk}

        answer = api(member).post(self.URL, body, format="json")

        assert answer.json()["errors"][0]["field"] == "user"

    def test_asks_as_often_for_ten_rows(self, api, member, customer, django_assert_max_num_queries):
        ContactFactory(customer=customer)
        client = api(member)
        client.get(self.URL)
        with django_assert_max_num_queries(30) as one:
            client.get(self.URL)
        ContactFactory.create_batch(9, customer=customer)

        with django_assert_max_num_queries(30) as ten:
            assert client.get(self.URL).json()["count"] == 10

        assert len(one) == len(ten)


def test_masks():
    assert mask_phone(PHONE) == MASKED
