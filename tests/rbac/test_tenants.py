"""Nobody works for a tenant that is switched off."""

import pytest
from django.utils import timezone, translation

from apps.rbac.enums import SignInReason
from apps.rbac.models import Department, SignInEvent
from apps.rbac.services import tokens
from tests.factories.rbac import ApiTokenFactory, StaffFactory, TenantFactory
from tests.rbac.conftest import PASSWORD, Browser

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(platform):
    return TenantFactory(parent=platform, code="closing", name="停业渠道")


@pytest.fixture
def seller(tenant):
    user = StaffFactory(tenant=tenant)
    user.set_password(PASSWORD)
    user.save()
    return user


def switch_off(tenant):
    tenant.is_active = False
    tenant.save()


def test_its_people_are_refused_and_told_why(seller, tenant):
    switch_off(tenant)

    answer = Browser().sign_in(seller)

    [error] = answer.json()["errors"]
    assert (answer.status_code, error["code"]) == (400, "tenant_inactive")
    assert "停用" in error["message"]
    assert SignInEvent.objects.latest("pk").reason == SignInReason.TENANT_INACTIVE


def test_who_does_not_know_the_password_learns_nothing(seller, tenant):
    switch_off(tenant)

    answer = Browser().sign_in(seller, "Wrong-Horse-9x")

    assert answer.json()["errors"][0]["code"] == "email_password_mismatch"


def test_sessions_end(seller, tenant):
    visitor = Browser()
    visitor.sign_in(seller)
    assert visitor.get("/api/v1/me/").status_code == 200

    switch_off(tenant)

    assert visitor.get("/api/v1/me/").status_code == 401


def test_tokens_end(seller, tenant):
    key = tokens.PREFIX + "x" * 40
    ApiTokenFactory(user=seller, digest=tokens.digest_of(key))
    assert tokens.token_of(key=key, now=timezone.now())

    switch_off(tenant)

    assert tokens.token_of(key=key, now=timezone.now()) is None


def test_forms_of_departments_speak_chinese():
    with translation.override("zh-hans"):
        assert str(Department._meta.get_field("tenant").verbose_name) == "租户"
