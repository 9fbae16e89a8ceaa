"""What a list shows in every row is not rendered anew for every row."""

import pytest
from django.contrib import admin
from django.core.paginator import Paginator
from django.utils import translation
from unfold.admin import ModelAdmin
from unfold.utils import display_for_label

from apps.approvals.models import Approval
from apps.core import paging
from apps.core.modeladmin import GREEN, RED, _tag
from apps.core.paging import BoundedPaginator
from apps.products.models import Vendor
from tests.factories.products import VendorFactory

pytestmark = pytest.mark.sqlite

OWN = admin.site._registry[Approval]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("pk", [7, "a<b", "{}", "{pk}", '"'])
def test_the_checkbox_is_unfolds(language, pk):
    row = Approval(pk=pk)

    with translation.override(language):
        assert OWN.action_checkbox(row) == ModelAdmin.action_checkbox(OWN, row)


@pytest.mark.parametrize("text", ["审批中", "<b>x</b>", "a & b"])
@pytest.mark.parametrize("color", [GREEN, RED, None])
def test_the_tag_is_unfolds(text, color):
    colors = {"there": color} if color else {}

    assert _tag(text, color) == display_for_label((("there"), text), "-", colors) or not color
    assert "<b>" not in _tag(text, color)


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def vendors(self):
        return [VendorFactory(code=f"vendor-{place}") for place in range(7)]

    def test_are_those_of_django(self, vendors):
        rows = Vendor.objects.filter(pk__in=[vendor.pk for vendor in vendors]).order_by("-code")

        ours, djangos = BoundedPaginator(rows, 3), Paginator(rows, 3)

        assert (ours.count, ours.num_pages) == (7, 3)
        for number in ours.page_range:
            assert list(ours.page(number)) == list(djangos.page(number))

    def test_of_nothing_are_empty(self):
        ours = BoundedPaginator(Vendor.objects.none(), 3)

        assert (ours.count, list(ours.page(1))) == (0, [])

    def test_are_counted_to_the_limit(self, vendors, monkeypatch):
        monkeypatch.setattr(paging, "COUNT_LIMIT", 5)

        assert BoundedPaginator(Vendor.objects.order_by("pk"), 3).count == 6
