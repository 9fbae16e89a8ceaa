import random
from datetime import timedelta

import pytest

from apps.customers.enums import ContactRole
from apps.customers.models import Contact
from apps.customers.selectors import contacts_of
from kboss.demo.catalogue import load_catalogue
from kboss.demo.customers import load_customers
from kboss.demo.people import load_people

pytestmark = pytest.mark.django_db


def test_demo_companies_have_somebody_for_each_kind_of_notice(now):
    company = load_people()
    since = now - timedelta(days=90)
    load_catalogue(company.platform, since)

    accounts = load_customers(company, since=since, dice=random.Random(1))  # noqa: S311

    for account in accounts:
        for role in (ContactRole.PRIMARY, ContactRole.FINANCE, ContactRole.TECHNICAL):
            assert contacts_of(account.customer, role), role
    shared = Contact.objects.filter(email="lin@ops.example")
    assert shared.values("customer").distinct().count() == 2
