import pytest
from django.contrib import admin
from django.urls import NoReverseMatch, reverse

from kboss.admin_site import KbossAdminSite
from tests.isolation.world import order


def test_the_site_is_ours():
    assert isinstance(admin.site._wrapped, KbossAdminSite)
    with pytest.raises(NoReverseMatch):  # it would tell anybody who exists, and where
        reverse("admin:view_on_site", args=[1, 1])


@pytest.mark.django_db
def test_the_first_page_is_my_day(boss, browse):
    page = browse(boss).get("/admin/").content.decode()

    assert "今日概览" in page
    assert "站点管理" not in page


@pytest.mark.django_db
def test_amounts_of_recent_orders_stand_under_their_heading(boss, customer, browse):
    order(customer)

    headers = browse(boss).get("/admin/").context["recent_orders"]["headers"]

    assert [h["class"] for h in headers if isinstance(h, dict)] == ["kb-number"]
