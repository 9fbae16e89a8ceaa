"""CAT-3: what a customer is not offered is at no door: list, search, detail, quote, preview."""

import pytest
from django.utils import timezone

from apps.products import services as products
from apps.products.enums import Visibility
from apps.products.errors import SkuIsUnknown
from apps.products.models import Price, Product, ProductInvitation, Sku
from tests.factories.customers import CustomerFactory, CustomerTagFactory
from tests.factories.products import ProductFactory, ProductInvitationFactory, SkuFactory
from tests.factories.rbac import UserFactory, give_role

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def product(platform):
    """By invitation, and nobody is invited."""
    product = ProductFactory(
        tenant=platform, visibility=Visibility.INVITED, name="专属智算集群", code="vip-cluster"
    )
    SkuFactory(product=product, price="10.00")
    return product


def offered(customer, now):
    return Product.objects.offered_to(customer, now)


class TestInvitations:
    pytestmark = pytest.mark.sqlite

    def test_nobody_is_invited_by_default(self, product, customer, now):
        assert not offered(customer, now).exists()

    def test_of_a_customer(self, product, customer, now):
        ProductInvitationFactory(product=product, customer=customer)

        assert list(offered(customer, now)) == [product]
        assert not offered(CustomerFactory(tenant=customer.tenant), now).exists()

    def test_of_a_tag(self, product, customer, platform, now):
        tag = CustomerTagFactory(tenant=platform)
        ProductInvitationFactory(product=product, tag=tag)
        assert not offered(customer, now).exists()

        customer.tags.add(tag)

        assert list(offered(customer, now)) == [product]

    def test_of_a_distributor_reaches_his_line(self, product, rival, distributor, now):
        ProductInvitationFactory(product=product, tenant=rival)

        assert list(offered(CustomerFactory(tenant=rival), now)) == [product]
        assert not offered(CustomerFactory(tenant=distributor), now).exists()

    def test_twice_invited_is_seen_once(self, product, customer, platform, now):
        ProductInvitationFactory(product=product, customer=customer)
        ProductInvitationFactory(product=product, tenant=platform)

        assert list(offered(customer, now)) == [product]

    @pytest.mark.parametrize("visibility", Visibility)
    def test_hidden_is_hidden_from_the_invited(self, visibility, product, customer, now):
        ProductInvitationFactory(product=product, customer=customer)
        Product.objects.update(visibility=visibility)

        assert offered(customer, now).exists() is (visibility != Visibility.HIDDEN)

    def test_a_grey_release_does_not_open_an_invitation(self, product, customer, now):
        product = ProductFactory(tenant=product.tenant, grey=100, visibility=Visibility.INVITED)

        assert not offered(customer, now).exists()
        ProductInvitationFactory(product=product, customer=customer)
        assert list(offered(customer, now)) == [product]


@pytest.fixture(params=["invited", "hidden", "grey", "frozen", "review"])
def unseen(request, platform, product):
    """A product that is not for this customer, for each reason there is."""
    if request.param == "invited":
        return product
    traits = {
        "hidden": {"visibility": Visibility.HIDDEN},
        "grey": {"grey": 0},
        "frozen": {"frozen": True},
        "review": {"in_review": True},
    }
    product = ProductFactory(
        tenant=platform, name="专属机密集群", code="secret-one", **traits[request.param]
    )
    SkuFactory(product=product, price="10.00")
    return product


class TestDoors:
    def test_the_list(self, unseen, member, api):
        assert api(member).get("/api/v1/products/").json()["results"] == []

    @pytest.mark.parametrize("word", ["专属", "cluster", "secret"])
    def test_the_search(self, word, unseen, member, api):
        answer = api(member).get("/api/v1/products/", {"search": word})

        assert answer.json()["results"] == []

    def test_the_direct_address(self, unseen, member, api):
        assert api(member).get(f"/api/v1/products/{unseen.pk}/").status_code == 404

    @pytest.mark.parametrize("door", ["quotes/", "quotes/preview/"])
    def test_quotes_and_previews_of_the_customer(self, door, unseen, member, api):
        sku = Sku.objects.get(product=unseen)

        answer = api(member).post(f"/api/v1/{door}", {"lines": [{"sku": sku.pk}]}, format="json")

        assert (answer.status_code, answer.json()["code"]) == (400, "products.sku_is_unknown")

    def test_quotes_and_previews_that_staff_make_for_him(self, unseen, boss, customer, now):
        lines = [products.QuoteLineIn(sku_id=Sku.objects.get(product=unseen).pk)]

        for service in (products.preview_quote, products.create_quote):
            with pytest.raises(SkuIsUnknown):
                service(customer=customer, lines=lines, actor=boss, now=now)

    def test_the_rows_themselves(self, unseen, member):
        assert not Product.objects.visible_to(member).exists()
        assert not Sku.objects.visible_to(member).exists()
        assert not Price.objects.visible_to(member).exists()

    def test_staff_see_it(self, unseen, boss, clerk, api):
        for person in (boss, clerk):
            assert api(person).get(f"/api/v1/products/{unseen.pk}/").status_code == 200

    def test_strangers_do_not(self, unseen, stranger, api):
        assert api(stranger).get(f"/api/v1/products/{unseen.pk}/").status_code in {403, 404}


def test_a_portal_user_without_a_company_sees_nothing(platform, roles):
    ProductFactory(tenant=platform)
    user = give_role(UserFactory(tenant=platform, kind="portal"), "portal-owner")

    assert not Product.objects.visible_to(user).exists()


def test_who_is_invited_is_not_for_distributors(product, rival_boss, boss, customer):
    row = ProductInvitationFactory(product=product, customer=customer)

    assert list(ProductInvitation.objects.visible_to(boss)) == [row]
    assert not ProductInvitation.objects.visible_to(rival_boss).exists()


def test_the_list_asks_as_often_for_one_as_for_ten(
    member, customer, platform, api, django_assert_max_num_queries
):
    client = api(member)

    def listed():
        return client.get("/api/v1/products/").json()["results"]

    SkuFactory(product=ProductFactory(tenant=platform), price="1.00")
    listed()
    with django_assert_max_num_queries(30) as first:
        assert len(listed()) == 1
    for visibility in [Visibility.INVITED] * 5 + [Visibility.PUBLIC] * 4:
        product = ProductFactory(tenant=platform, grey=100, visibility=visibility)
        ProductInvitationFactory(product=product, customer=customer)
        SkuFactory(product=product, price="1.00")

    with django_assert_max_num_queries(len(first)):
        assert len(listed()) == 10
