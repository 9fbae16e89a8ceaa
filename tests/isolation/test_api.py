"""S1: every API route, from the resolver: nobody reads or moves a row that is not his."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.isolation.world import CANARY, PERSONAL, WORLD, victim

pytestmark = pytest.mark.django_db

# Route name → the label of the row in the world whose id it takes; None: it takes none.
ROUTES: dict[str, str | None] = {
    "me": None,
    "me-verification": None,
    "contact-list": None,
    "contact-detail": "customers.Contact",
    "contact-deactivate": "customers.Contact",
    "contact-restore": "customers.Contact",
    "contact-reveal": "customers.Contact",
    "step-up": None,
    "live": None,
    "message-list": None,
    "message-unread": None,
    "message-read-all": None,
    "message-detail": "notifications.Message",
    "message-read": "notifications.Message",
    "notification-preferences": None,
    "token-list": None,
    "token-detail": "rbac.ApiToken",
    "sign-in-list": None,
    "sign-in-detail": "rbac.SignInEvent",
    "category-list": None,
    "vendor-list": None,  # reference data, read by whoever may buy
    "product-list": None,
    "product-facets": None,
    "product-suggestions": None,
    "product-detail": None,  # the catalogue is for everybody who may buy
    "sku-prices": None,  # list prices are read down the tenant tree, as in the catalogue
    "price-change-list": None,
    "price-change-detail": "products.PriceChange",
    "my-price-list": None,
    "my-price-detail": "products.PriceAgreement",
    "my-price-file": "products.PriceAgreement",
    "manual-discount-list": None,
    "manual-discount-preview": None,
    "manual-discount-requests": None,
    "manual-discount-detail": "products.ManualDiscount",
    "quote-list": None,
    "quote-preview": None,
    "quote-detail": "products.Quote",
    "quote-renew": "products.Quote",
    "cart-list": None,
    "cart-preview": None,
    "cart-checkout": None,
    "cart-line-list": None,
    "cart-line-detail": "products.CartLine",
    "favorite-list": None,
    "favorite-detail": "products.Favorite",
    "promotion-list": None,
    "promotion-detail": "products.Promotion",
    "voucher-list": None,
    "voucher-detail": "products.Voucher",
    "voucher-redeem": None,
    "voucher-usable": None,
    "wallet": None,
    "wallet-entries": None,
    "recharge-list": None,
    "recharge-detail": "billing.Recharge",
    "approval-list": None,
    "approval-detail": "approvals.Approval",
    "approval-approve": "approvals.Approval",
    "approval-reject": "approvals.Approval",
    "approval-transfer": "approvals.Approval",
    "approval-add-approver": "approvals.Approval",
    "approval-send-back": "approvals.Approval",
    "approval-withdraw": "approvals.Approval",
    "approval-resubmit": "approvals.Approval",
    "approval-urge": "approvals.Approval",
    "approval-copy": "approvals.Approval",
    "approval-comment": "approvals.Approval",
    "approval-attachments": "approvals.Approval",
    "approval-attachment": "approvals.Approval",
    "approval-sealed": "approvals.Approval",
    "approval-simulate": None,
    "approval-kind-list": None,
    "delegation-list": None,
    "delegation-end": "approvals.Delegation",
    "bill-list": None,
    "bill-detail": "billing.Bill",
    "bill-items": "billing.Bill",
    "resource-list": None,
    "resource-detail": "clouds.Resource",
    "order-list": None,
    "order-detail": "orders.Order",
    "order-pay": "orders.Order",
    "order-cancel": "orders.Order",
}
MAKERS = {**WORLD, **PERSONAL}
TAKES_A_ROW = sorted((name, label) for name, label in ROUTES.items() if label)
METHODS = ("get", "post", "put", "patch", "delete")
KEY = {"Idempotency-Key": "isolation-key"}


def api_routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, str]]:
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from api_routes(entry, path)
        elif isinstance(entry, URLPattern) and path.startswith("api/v1/"):
            bare = path.replace("(?P<pk>[^/.]+)", "{pk}").replace("^", "").replace("$", "")
            bare = bare.replace("(?P<file>\\d+)", "1")
            yield str(entry.name), f"/{bare}"


def address(name: str, pk: object = "") -> str:
    paths = [path for found, path in api_routes() if found == name]
    return paths[0].format(pk=pk)


def test_every_route_is_listed():
    assert {name for name, _path in api_routes()} == set(ROUTES)


@pytest.mark.parametrize("name", sorted(ROUTES))
@pytest.mark.parametrize("method", METHODS)
def test_nobody_gets_in_without_signing_in(name, method, api):
    answer = getattr(api(None), method)(address(name, 1), {}, headers=KEY)

    assert answer.status_code in {401, 403, 405}


@pytest.mark.parametrize(("name", "label"), TAKES_A_ROW)
@pytest.mark.parametrize("who", ["outsider", "rival_boss", "stranger"])
def test_rows_of_others_are_rows_that_do_not_exist(name, label, who, api, platform, request):
    row = MAKERS[label](victim(platform))
    client = api(request.getfixturevalue(who))
    before = type(row)._default_manager.filter(pk=row.pk).values().get()

    for method in METHODS:
        answer = getattr(client, method)(address(name, row.pk), {}, headers=KEY)
        unknown = getattr(client, method)(
            address(name, 99_999_999), {}, headers={"Idempotency-Key": "isolation-other"}
        )
        assert answer.status_code in {403, 404, 405}, method
        assert answer.status_code == unknown.status_code, method
        assert _words(answer) == _words(unknown), method
        assert CANARY not in answer.content.decode()

    assert type(row)._default_manager.filter(pk=row.pk).values().get() == before


def _words(answer: object) -> dict[str, object]:
    return {name: answer.json()[name] for name in ("code", "detail", "title")}


@pytest.mark.parametrize("name", sorted(name for name, label in ROUTES.items() if not label))
@pytest.mark.parametrize("who", ["outsider", "rival_boss", "stranger"])
def test_lists_hold_no_rows_of_others(name, who, api, platform, request):
    customer = victim(platform)
    for make in MAKERS.values():
        make(customer)
    client = api(request.getfixturevalue(who))

    for query in ({}, {"search": CANARY}, {"page_size": 100}):
        answer = client.get(address(name), query)
        assert answer.status_code in {200, 204, 403, 404, 405}
        assert CANARY not in answer.content.decode()
