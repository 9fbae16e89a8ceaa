"""Tiers and tags: what prices, visibility and approvals ask about a customer."""

import pytest
from django.urls import reverse

from apps.approvals import kinds
from apps.approvals.selectors.flows import facts_for
from apps.core.errors import Forbidden, NotFound
from apps.core.models import AuditEntry
from apps.customers import services
from apps.customers.enums import CustomerTier
from apps.customers.errors import TagIsForeign
from apps.customers.models import CustomerTag
from tests.factories.customers import CustomerFactory, CustomerTagFactory

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def classify(customer, actor, now, *tags, tier=CustomerTier.GOLD):
    return services.classify_customer(customer=customer, tier=tier, tags=tags, actor=actor, now=now)


def test_newcomers_are_standard(outsider, now):
    customer = services.register_customer(user=outsider, company_name="夜航科技", now=now)

    assert (customer.tier, customer.tags.count()) == (CustomerTier.STANDARD, 0)


def test_a_change_is_kept_and_audited(boss, customer, platform, now):
    edu, labs = (CustomerTagFactory(tenant=platform, name=name) for name in ("教育", "科研"))
    classify(customer, boss, now, edu, tier=CustomerTier.SILVER)

    classify(customer, boss, now, edu, labs)

    customer.refresh_from_db()
    assert (customer.tier, set(customer.tags.all())) == (CustomerTier.GOLD, {edu, labs})
    entry = AuditEntry.objects.filter(verb="customer.classified").latest("pk")
    assert entry.before == {"tier": "silver", "tags": ["教育"]}
    assert entry.after == {"tier": "gold", "tags": ["教育", "科研"]}
    assert customer.history.first().history_user == boss


def test_what_is_so_already_leaves_no_trace(boss, customer, now):
    classify(customer, boss, now, tier=CustomerTier.STANDARD)

    assert not AuditEntry.objects.filter(verb="customer.classified").exists()


@pytest.mark.parametrize(("person", "refusal"), [("clerk", Forbidden), ("stranger", NotFound)])
def test_those_who_sell_do_not_say_what_a_customer_is_worth(
    person, refusal, customer, now, request
):
    actor = request.getfixturevalue(person)
    customer.owner = actor
    customer.save()

    with pytest.raises(refusal):
        classify(customer, actor, now)

    customer.refresh_from_db()
    assert customer.tier == CustomerTier.STANDARD


def test_another_tenants_customer_is_not_there(rival_boss, customer, now):
    with pytest.raises((NotFound, Forbidden)):
        classify(customer, rival_boss, now)

    customer.refresh_from_db()
    assert customer.tier == CustomerTier.STANDARD


def test_a_tag_of_another_tenant_is_refused(boss, customer, rival, now):
    foreign = CustomerTagFactory(tenant=rival)

    with pytest.raises(TagIsForeign):
        classify(customer, boss, now, foreign)

    assert not customer.tags.exists()


def test_the_platforms_tags_outlast_the_distributors_edit(boss, rival_boss, platform, rival, now):
    customer = CustomerFactory(tenant=rival)
    above = CustomerTagFactory(tenant=platform)
    own = CustomerTagFactory(tenant=rival)
    classify(customer, boss, now, above)

    classify(customer, rival_boss, now, own)

    assert set(customer.tags.all()) == {above, own}
    assert list(CustomerTag.objects.visible_to(rival_boss)) == [own]


@pytest.mark.parametrize(
    ("person", "seen"), [("boss", True), ("clerk", True), ("stranger", False), ("member", False)]
)
def test_who_sees_tags(person, seen, platform, request):
    tag = CustomerTagFactory(tenant=platform)

    actor = request.getfixturevalue(person)

    assert (tag in CustomerTag.objects.visible_to(actor)) is seen


def test_flows_may_ask_for_the_tier(boss, customer, platform, now):
    classify(customer, boss, now, tier=CustomerTier.STRATEGIC)

    facts = facts_for(
        kinds.get("billing.credit_limit"),
        form={"amount": "1000.00"},
        applicant=boss,
        tenant=platform,
        customer_id=customer.pk,
        subject=None,
    )

    assert facts["tier"] == "strategic"


def form_of(client, customer):
    page = client.get(reverse("admin:customers_customer_change", args=[customer.pk]))
    form = page.context["adminform"].form
    data = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    for formset in page.context["inline_admin_formsets"]:
        data |= {
            f"{formset.formset.prefix}-{name}": value
            for name, value in formset.formset.management_form.initial.items()
        }
    return form, {name: value for name, value in data.items() if value is not False}


def test_the_page_of_a_customer(boss, customer, platform, browse):
    client = browse(boss)
    tag = CustomerTagFactory(tenant=platform)
    page = reverse("admin:customers_customer_change", args=[customer.pk])
    _form, data = form_of(client, customer)

    answer = client.post(page, {**data, "tier": "silver", "tags": [tag.pk], "name": "改名科技"})

    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.tier, customer.name) == ("silver", "改名科技")
    assert list(customer.tags.all()) == [tag]
    entry = AuditEntry.objects.get(verb="customer.classified")
    assert entry.before == {"tier": "standard", "tags": []}


def test_a_clerk_reads_the_tier_only(clerk, customer, browse):
    customer.owner = clerk
    customer.save()
    client = browse(clerk)
    page = reverse("admin:customers_customer_change", args=[customer.pk])
    form, data = form_of(client, customer)

    client.post(page, {**data, "tier": "gold"})

    customer.refresh_from_db()
    assert not {"tier", "tags"} & set(form.fields)
    assert customer.tier == CustomerTier.STANDARD


def test_the_list_asks_as_often_for_one_as_for_ten(
    boss, browse, platform, django_assert_max_num_queries
):
    client, page = browse(boss), reverse("admin:customers_customer_changelist")
    CustomerFactory(tenant=platform)
    client.get(page)
    with django_assert_max_num_queries(60) as first:
        client.get(page)
    CustomerFactory.create_batch(9, tenant=platform)

    with django_assert_max_num_queries(len(first)):
        client.get(page, {"tier__exact": "standard"})


def test_the_list_of_tags_counts_customers(boss, customer, platform, browse, now):
    tag = CustomerTagFactory(tenant=platform, name="重点")
    classify(customer, boss, now, tag)

    page = browse(boss).get(reverse("admin:customers_customertag_changelist"))

    assert "重点" in page.content.decode()
