"""S1, X-6: no page of the admin shows, or takes, a row of another tenant or another data scope."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from apps.rbac.models import User
from tests.factories.rbac import StaffFactory, give_role
from tests.isolation.world import CANARY, FOREIGN, SHARED, VOCABULARY, WORLD, victim

pytestmark = pytest.mark.django_db

PRIVATE = sorted(set(WORLD) - SHARED)
EVERY_ROLE = ("administrator", "operations", "finance", "sales-manager", "support", "auditor")


@pytest.fixture
def rival_chief(rival, roles) -> User:
    """Holds every standard role, in another tenant."""
    user = StaffFactory(tenant=rival, email="chief@rival.test")
    for code in EVERY_ROLE:
        give_role(user, code)
    return user


def page(label: str, name: str, *args: object) -> str:
    return reverse(f"admin:{label.lower().replace('.', '_')}_{name}", args=args)


def test_every_admin_page_is_listed():
    registered = {model._meta.label for model in admin.site._registry}

    assert registered == set(WORLD) | FOREIGN


@pytest.mark.parametrize("label", PRIVATE)
def test_another_tenants_rows_do_not_exist(label, browse, rival_chief, platform):
    row = WORLD[label](victim(platform))
    client = browse(rival_chief)

    listed = client.get(page(label, "changelist"))
    assert listed.status_code in {200, 403}
    assert CANARY not in listed.content.decode()
    assert f"/{row.pk}/change/" not in listed.content.decode()
    for name in ("change", "history", "delete"):
        answer = client.get(page(label, name, row.pk))
        assert answer.status_code in {302, 403, 404}, name
        assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("label", PRIVATE)
def test_another_tenants_rows_are_not_changed(label, browse, rival_chief, platform):
    row = WORLD[label](victim(platform))
    before = type(row)._default_manager.filter(pk=row.pk).values().get()
    client = browse(rival_chief)

    for name in ("change", "delete"):
        answer = client.post(page(label, name, row.pk), {"name": "x", "post": "yes"})
        assert answer.status_code in {302, 403, 404}, name

    assert type(row)._default_manager.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("label", sorted(WORLD))
def test_a_stranger_gets_nowhere(label, browse, stranger, platform):
    row = WORLD[label](victim(platform))
    client = browse(stranger)

    assert client.get(page(label, "changelist")).status_code == 403
    for name in ("change", "history", "delete"):
        assert client.get(page(label, name, row.pk)).status_code in {302, 403, 404}, name


@pytest.mark.parametrize("label", sorted(WORLD))
def test_portal_users_get_nowhere(label, browse, member, customer):
    answer = browse(member).get(page(label, "changelist"))

    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


@pytest.mark.parametrize(
    "label",
    [
        label
        for label in PRIVATE
        if label.split(".")[0] in {"orders", "billing", "customers"} and label not in VOCABULARY
    ],
)
def test_a_clerk_sees_no_customers_but_his_own(label, browse, clerk, platform):
    row = WORLD[label](victim(platform))
    client = browse(clerk)

    listed = client.get(page(label, "changelist"))
    assert listed.status_code in {200, 403}
    assert CANARY not in listed.content.decode()
    assert client.get(page(label, "change", row.pk)).status_code in {302, 403, 404}


@pytest.mark.parametrize("label", sorted(set(WORLD) - FOREIGN))
def test_forms_and_filters_name_nobody_elses_rows(label, browse, rival_chief, platform):
    """Foreign-key selects and filter sidebars, of forms that the rival may open."""
    customer = victim(platform)
    for make in WORLD.values():
        make(customer)
    client = browse(rival_chief)

    for name in ("add", "changelist"):
        answer = client.get(page(label, name))
        assert answer.status_code in {200, 403}, name
        assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("label", PRIVATE)
def test_the_address_bar_is_no_oracle(label, browse, boss, platform):
    """?password__startswith=… and its like are refused, whatever the field."""
    model = apps.get_model(label)
    door = admin.site._registry[model]
    allowed = {
        item if isinstance(item, str) else item[0]
        for item in door.list_filter
        if not isinstance(item, type)
    }
    client = browse(boss)
    hidden = [
        field.name
        for field in model._meta.fields
        if field.get_internal_type() == "CharField"
        and field.name not in allowed | {door.date_hierarchy, *door.lookups}
    ]

    for name in hidden:
        answer = client.get(page(label, "changelist"), {f"{name}__startswith": "k"})
        assert answer.status_code in {302, 400}, name


def test_there_is_no_way_round_through_view_on_site(browse, rival_chief, customer):
    content_type = ContentType.objects.get_for_model(customer)

    answer = browse(rival_chief).get(f"/admin/r/{content_type.pk}/{customer.pk}/")

    assert answer.status_code == 404
