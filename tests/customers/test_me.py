import pytest

from apps.customers.enums import VerificationStatus
from apps.customers.models import Customer
from tests.factories.customers import CustomerFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/me/"
VALID_USCC = "91350100M000100Y43"


def test_says_who_i_am(api, member, customer):
    me = api(member).get(URL).json()

    assert me["email"] == "member@customer.test"
    assert me["customer"]["number"] == customer.number
    assert me["checklist"] == {"verified": True, "mfa": False, "recharged": False, "bought": False}
    assert "customers.view_customer" in me["permissions"]


def test_staff_have_no_customer(api, boss):
    me = api(boss).get(URL).json()

    assert (me["kind"], me["customer"]) == ("staff", None)


def test_asks_who_is_there(api):
    response = api(None).get(URL)

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "core.not_authenticated"


def test_changes_name_and_language(api, member):
    me = api(member).patch(URL, {"display_name": "韩梅梅", "language": "en"}).json()

    assert (me["display_name"], me["language"]) == ("韩梅梅", "en")


def test_refuses_a_language_that_there_is_not(api, member):
    response = api(member).patch(URL, {"language": "tlh"})

    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "language"


def test_applies_for_verification(api, member, customer):
    Customer.objects.filter(pk=customer.pk).update(verification=VerificationStatus.UNVERIFIED)

    response = api(member).post(f"{URL}verification/", {"uscc": VALID_USCC})

    assert response.status_code == 200
    customer.refresh_from_db()
    assert (customer.verification, customer.uscc) == (VerificationStatus.PENDING, VALID_USCC)


@pytest.mark.parametrize("uscc", ["91350100M000100Y4Z", "91350100M000100Y4I"])
def test_refuses_a_wrong_credit_code(uscc, api, member, customer):
    """CUS-1"""
    Customer.objects.filter(pk=customer.pk).update(verification=VerificationStatus.UNVERIFIED)

    response = api(member).post(f"{URL}verification/", {"uscc": uscc})

    assert (response.status_code, response.json()["code"]) == (400, "customers.uscc_is_invalid")
    customer.refresh_from_db()
    assert (customer.verification, customer.uscc) == (VerificationStatus.UNVERIFIED, None)


def test_refuses_the_credit_code_of_another_customer(api, member, customer):
    Customer.objects.filter(pk=customer.pk).update(verification=VerificationStatus.UNVERIFIED)
    CustomerFactory(tenant=customer.tenant, uscc=VALID_USCC)

    response = api(member).post(f"{URL}verification/", {"uscc": VALID_USCC})

    assert (response.status_code, response.json()["code"]) == (409, "customers.uscc_is_taken")


def test_refuses_a_second_application(api, member, customer):
    response = api(member).post(f"{URL}verification/", {"uscc": VALID_USCC})

    assert (response.status_code, response.json()["code"]) == (409, "core.illegal_transition")
