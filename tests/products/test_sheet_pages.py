"""The pages of imports, and what is exported to be imported again."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from apps.products.models import CatalogueImport, Product
from apps.products.services import (
    run_import,
)
from apps.products.sheets import Sheet
from apps.products.sheets.states import ImportStatus
from tests.products.sheet_files import (
    HEADER,
    checked,
    counts,
    new_shelf,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shelf(platform):
    return new_shelf(platform)


def url(page="changelist", *args):
    return reverse(f"admin:products_catalogueimport_{page}", args=args)


class TestAdmin:
    def test_uploads_shows_and_carries_out(self, shelf, browse, boss, now):
        client = browse(boss)
        file = SimpleUploadedFile("r.csv", f"{HEADER}ecs,新名,,,\n".encode())
        assert client.get(url("add")).status_code == 200

        client.post(url("add"), {"sheet": "products", "mode": "all", "upload": file})
        made = CatalogueImport.objects.get()
        assert "data-of" in client.get(url("change", made.pk)).content.decode()
        run_import(import_id=made.pk, clock=timezone.now)

        page = client.get(url("change", made.pk)).content.decode()
        assert "新名" in page
        client.post(url("decide", made.pk), {"confirm": "1"})
        run_import(import_id=made.pk, clock=timezone.now)
        assert Product.objects.get().name == "新名"
        assert client.get(url("progress", made.pk)).json()["is_running"] is False

    def test_gives_the_bad_rows_back(self, shelf, browse, boss, now):
        made = checked(boss, now, f"{HEADER}x,=cmd|calc,nobody,compute,\n")

        answer = browse(boss).get(url("errors", made.pk))

        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        assert "nobody" in text
        assert "'=cmd|calc" in text

    def test_is_closed_to_others(self, shelf, browse, boss, stranger, clerk, rival_boss, now):
        made = checked(boss, now, f"{HEADER}ecs,新名,,,\nx,,nobody,,\n")

        for user in (stranger, clerk, rival_boss):
            client = browse(user)
            for page in ("change", "errors", "progress"):
                answer = client.get(url(page, made.pk))
                assert answer.status_code in {302, 403, 404}
            assert client.post(url("decide", made.pk), {"discard": "1"}).status_code in {
                403,
                404,
            }
        made.refresh_from_db()
        assert made.status == ImportStatus.CHECKED

    def test_what_is_exported_is_imported_without_a_difference(self, shelf, browse, boss, now):
        for model, sheet in (("product", Sheet.PRODUCTS), ("sku", Sheet.SKUS)):
            url = reverse(f"admin:products_{model}_export")
            answer = browse(boss).post(url, {"format": "0", "resource": "0"})

            made = checked(boss, now, b"".join(answer), sheet)

            assert counts(made) == (0, 0, 1, 0), (made.problem, made.preview)

    def test_prices_in_effect_are_exported_for_editing(self, shelf, browse, boss, now):
        url = reverse("admin:products_price_export")
        answer = browse(boss).post(url, {"format": "1", "resource": "1"})

        made = checked(boss, now, b"".join(answer), Sheet.PRICES)

        assert counts(made) == (0, 0, 1, 0), (made.problem, made.preview)
