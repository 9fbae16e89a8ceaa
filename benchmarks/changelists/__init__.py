"""The admin's lists of the big tables: first, deep and filtered page and search, beside the same
list with Django's own counting, paging and searching."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.billing.models import Entry
from apps.clouds.models import Resource
from apps.core.paging import COUNT_LIMIT
from apps.orders.models import Order
from apps.products.models import Price, Quote, RuleClaim, Sku
from apps.rbac.enums import UserKind
from apps.rbac.models import Role, Tenant, User, UserRole
from apps.rbac.services import install_standard_roles
from benchmarks.changelists.rows import fill
from benchmarks.harness import Report, best_of

ROWS, TIMES = 100_000, 12
ROLES = ("administrator", "operations", "finance", "sales-manager", "support", "auditor")
HALF = f"__gte={timezone.now() - timedelta(days=30):%Y-%m-%d}"
# A filter that keeps about half of the rows, and what people look for.
LISTS: dict[type[Model], tuple[str, str]] = {
    Sku: ("billing_mode__exact=hourly", "云服务器 77"),
    Price: ("sku__product__vendor__id__exact=1", "云服务器 77"),
    Quote: (f"created_at{HALF}", "云海科技 77"),
    Order: ("status__exact=cancelled", "云海科技 77"),
    Entry: ("kind__exact=recharge", "云海科技 77"),
    Resource: ("billing_mode__exact=hourly", "云海科技 77"),
    RuleClaim: (f"day{HALF}", "promotion:77"),
}


def run(*, quick: bool) -> Report:
    rows = ROWS // 10 if quick else ROWS
    times = 3 if quick else TIMES
    report = Report(f"{rows:,} rows in each list of the admin", quick)
    tenant, user = _staff()
    fill(rows, tenant, user)
    client = Client()
    client.force_login(user)
    for model, (kept, sought) in LISTS.items():
        _measure(report, client, model, _pages(model, kept, sought, COUNT_LIMIT), rows, times)
    return report


def _pages(model: type[Model], kept: str, sought: str, reachable: int) -> dict[str, str]:
    per_page = admin.site.get_model_admin(model).list_per_page
    return {
        "first": "",
        "deep": f"p={reachable // per_page}",
        "filtered": kept,
        "search": f"q={quote(sought)}",
    }


def _measure(
    report: Report,
    client: Client,
    model: type[Model],
    pages: dict[str, str],
    rows: int,
    times: int,
) -> None:
    meta = model._meta
    address = f"/admin/{meta.app_label}/{meta.model_name}/?"
    kept, sought = LISTS[model]
    others = _pages(model, kept, sought, rows)
    for name, query in pages.items():
        act = partial(_answer, client, address + query)
        act()
        with CaptureQueriesContext(connection) as queries:
            act()
        taken = best_of(times, act) * 1000
        with _as_django_does(model):
            other = partial(_answer, client, address + others[name])
            other()
            plain = best_of(max(times // 4, 1), other) * 1000
        title = f"{meta.model_name}, {name}"
        note = f"{len(queries)} queries; Django's {plain:.0f} ms, {plain / taken:.1f} ×"
        report.add(title, taken, "ms", note)
        report.goal(f"{title}: ms", taken, at_most=200 if name == "search" else 60)


@contextmanager
def _as_django_does(model: type[Model]) -> Iterator[None]:
    """Every row counted, twice; pages by offset however deep; search anywhere in the text."""
    page = admin.site.get_model_admin(model)
    own = {
        "paginator": Paginator,
        "show_full_result_count": True,
        "search_fields": [
            name.lstrip("^=").split("__istartswith")[0] for name in page.search_fields
        ],
        "get_search_results": partial(admin.ModelAdmin.get_search_results, page),
    }
    vars(page).update(own)
    try:
        yield
    finally:
        for name in own:
            vars(page).pop(name)


def _answer(client: Client, address: str) -> Any:
    answer = client.get(address)
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{address}: {answer.status_code}")
    return answer


def _staff() -> tuple[Tenant, User]:
    tenant = Tenant.objects.add_root({"name": "Bench", "code": "bench", "kind": "platform"})
    install_standard_roles()
    user = User.objects.create_user(
        "boss@bench.test", display_name="Boss", kind=UserKind.STAFF, tenant=tenant
    )
    UserRole.objects.bulk_create(
        UserRole(user=user, role=Role.objects.get(code=code)) for code in ROLES
    )
    return tenant, user
