"""Importing sheets: looked at first, then all or the good rows, once; bad files change nothing."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from apps.core.errors import Forbidden, IllegalTransition, NotFound
from apps.core.spreadsheets import readers
from apps.products.enums import PriceChangeStatus, ProductStatus
from apps.products.errors import ImportHasBadRows, ImportIsRunning
from apps.products.models import CatalogueImport, PriceChange, Product, RefusedRow, Sku
from apps.products.selectors import price_at
from apps.products.services import (
    apply_due,
    confirm_import,
    discard_import,
    imports,
    run_import,
    waiting_imports,
)
from apps.products.sheets import Sheet
from apps.products.sheets.states import ImportMode, ImportStatus
from tests.factories.products import (
    VendorFactory,
)
from tests.products.sheet_files import (
    HEADER,
    PRICES,
    SKUS,
    carried_out,
    checked,
    counts,
    new_shelf,
    upload,
    xlsx,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def shelf(platform):
    return new_shelf(platform)


class TestAPreview:
    def test_counts_and_writes_nothing(self, shelf, boss, now):
        text = (
            f"{HEADER}ecs,弹性计算,,,\nrds,云数据库,aliyun,compute,0.13\necs-1,,aliyun,compute,\n"
        )

        made = checked(boss, now, text)

        assert made.status == ImportStatus.CHECKED
        assert counts(made) == (1, 1, 0, 1)
        shown = {one["key"]: one["changes"] for one in made.preview}
        assert shown["ecs"] == {"name": ["云服务器", "弹性计算"]}
        assert shown["rds"]["tax_rate"] == ["—", "0.130000"]
        assert Product.objects.get().name == "云服务器"

    @pytest.mark.parametrize(
        ("row", "code", "column"),
        [
            (",无码,aliyun,compute,", "empty", "code"),
            ("a b,名,aliyun,compute,", "not_a_code", "code"),
            (f"x,{'长' * 101},aliyun,compute,", "too_long", "name"),
            ("x,名,nobody,compute,", "unknown", "vendor"),
            ("x,名,aliyun,nothing,", "unknown", "category"),
            ("x,名,aliyun,compute,1.5", "not_a_number", "tax_rate"),
            ("x,名,aliyun,compute,NaN", "not_a_number", "tax_rate"),
            ("x,,aliyun,compute,", "empty", "name"),
            ("x,名,aliyun,compute,,多余", "wide", ""),
        ],
    )
    def test_says_what_is_wrong_with_a_row(self, row, code, column, shelf, boss, now):
        made = checked(boss, now, f"{HEADER}{row}\n")

        assert counts(made) == (0, 0, 0, 1)
        problem = RefusedRow.objects.get().problems[0]
        assert (problem["code"], problem["column"]) == (code, column)

    def test_refuses_the_second_of_two_equal_keys(self, shelf, boss, now):
        made = checked(boss, now, f"{HEADER}x,甲,aliyun,compute,\nX,乙,aliyun,compute,\n")

        assert counts(made) == (1, 0, 0, 1)
        assert RefusedRow.objects.get().problems[0]["code"] == "doubled"

    def test_knows_columns_by_other_names_and_passes_over_the_rest(self, shelf, boss, now):
        made = checked(boss, now, "编码,Vendor__Name,名称\necs,阿里云,新名\n")

        assert counts(made) == (0, 1, 0, 0)

    @pytest.mark.parametrize(
        "content",
        [b"", b"\xff\xfe\x00", b"PK\x03\x04broken", "name,vendor\n甲,aliyun\n".encode(), b"code\n"],
    )
    def test_of_a_file_that_is_none_fails(self, content, shelf, boss, now):
        made = checked(boss, now, content)

        assert made.status == ImportStatus.FAILED
        assert made.problem
        assert Product.objects.count() == 1


class TestXlsx:
    def test_is_read(self, shelf, boss, now):
        content = xlsx(["code", "name", "tax_rate", "position"], ["ecs", "弹性计算", 0.13, 7])

        carried_out(boss, now, content, name="rows.xlsx")

        product = Product.objects.get()
        assert (product.name, product.tax_rate, product.position) == (
            "弹性计算",
            Decimal("0.13"),
            7,
        )

    def test_computes_no_formula(self, shelf, boss, now):
        content = xlsx(["code", "name"], ["ecs", '=HYPERLINK("http://evil")'])

        made = checked(boss, now, content)

        assert counts(made) == (0, 0, 0, 1)
        assert RefusedRow.objects.get().problems[0]["code"] == "formula"

    def test_that_unpacks_to_too_much_is_refused(self, shelf, boss, now, monkeypatch):
        monkeypatch.setattr(readers, "LARGEST_UNPACKED", 1000)
        packed = io.BytesIO(xlsx(["code", "name"], ["ecs", "名"]))
        with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as book:
            book.writestr("filler.xml", "0" * 100_000)

        made = checked(boss, now, packed.getvalue())

        assert made.status == ImportStatus.FAILED

    def test_with_too_many_rows_is_refused(self, shelf, boss, now, monkeypatch):
        monkeypatch.setattr(readers, "MOST_ROWS", 2)

        made = checked(boss, now, xlsx(["code"], ["a"], ["b"], ["c"]))

        assert made.status == ImportStatus.FAILED


class TestCarryingOut:
    def test_makes_drafts_and_changes_what_differs(self, shelf, boss, now):
        text = f"{HEADER}ecs,弹性计算,,,\nrds,云数据库,aliyun,compute,0.13\n"

        made = carried_out(boss, now, text)

        assert made.status == ImportStatus.DONE
        rds = Product.objects.get(code="rds")
        assert (rds.status, rds.tenant, rds.name) == (ProductStatus.DRAFT, boss.tenant, "云数据库")
        assert rds.history.get().history_user == boss
        shelf.refresh_from_db()
        assert shelf.name == "弹性计算"
        assert shelf.history.first().history_user == boss
        assert "弹性计算" in shelf.shelf.text

    def test_of_skus(self, shelf, boss, now):
        facts = '"{""vcpu"": 4}"'
        text = f"{SKUS}ecs,ecs-1,4 核,,北京,\necs,ecs-2,8 核,包月,cn-shanghai,{facts}\n"

        made = carried_out(boss, now, text, Sheet.SKUS)

        assert made.status == ImportStatus.DONE, made.problem
        new = Sku.objects.get(code="ecs-2")
        assert (new.billing_mode, new.region, new.specification) == (
            "monthly",
            "cn-shanghai",
            {"vcpu": 4},
        )
        assert Sku.objects.get(code="ecs-1").name == "4 核"

    def test_all_or_nothing_refuses_bad_rows(self, shelf, boss, now):
        made = checked(boss, now, f"{HEADER}ecs,新名,,,\nx,,nobody,,\n")

        with pytest.raises(ImportHasBadRows):
            confirm_import(catalogue_import=made, actor=boss, now=now)

        assert Product.objects.get().name == "云服务器"

    def test_a_row_that_went_bad_since_stops_all_of_them(self, shelf, boss, now):
        VendorFactory(code="gone")
        made = checked(boss, now, f"{HEADER}ecs,新名,,,\nx,名,gone,compute,\n")
        confirm_import(catalogue_import=made, actor=boss, now=now)
        VendorFactory._meta.model.objects.filter(code="gone").delete()

        assert run_import(import_id=made.pk, clock=timezone.now).status == ImportStatus.FAILED

        assert Product.objects.get().name == "云服务器"

    def test_takes_the_good_rows_alone(self, shelf, boss, now):
        text = f"{HEADER}ecs,新名,,,\nx,,nobody,,\n"

        made = carried_out(boss, now, text, mode=ImportMode.GOOD)

        assert made.status == ImportStatus.DONE
        assert Product.objects.get().name == "新名"

    def test_a_second_time_has_nothing_left_to_change(self, shelf, boss, now, monkeypatch):
        monkeypatch.setattr(imports, "CHUNK", 2)
        rows = "".join(f"p{n},产品 {n},aliyun,compute,\n" for n in range(5))
        carried_out(boss, now, HEADER + rows)
        before = list(Product.history.values_list("history_id", flat=True))

        again = checked(boss, now, HEADER + rows + "\n")

        assert counts(again) == (0, 0, 5, 0)
        assert list(Product.history.values_list("history_id", flat=True)) == before

    def test_the_same_file_is_taken_in_once(self, shelf, boss, now):
        first = upload(boss, now, f"{HEADER}ecs,新名,,,\n")

        assert upload(boss, now, f"{HEADER}ecs,新名,,,\n") == first

        run_import(import_id=first.pk, clock=timezone.now)
        discard_import(catalogue_import=first, actor=boss, now=now)
        assert upload(boss, now, f"{HEADER}ecs,新名,,,\n") != first

    def test_a_doubled_job_finds_nothing_to_do(self, shelf, boss, now):
        made = carried_out(boss, now, f"{HEADER}ecs,新名,,,\n")

        with pytest.raises(ImportIsRunning):
            run_import(import_id=made.pk, clock=timezone.now)
        with pytest.raises(IllegalTransition):
            confirm_import(catalogue_import=made, actor=boss, now=now)

    def test_a_killed_job_is_found_and_goes_on(self, shelf, boss, now, monkeypatch):
        monkeypatch.setattr(imports, "CHUNK", 1)
        text = f"{HEADER}ecs,新名,,,\nrds,云数据库,aliyun,compute,\n"
        made = checked(boss, now, text, mode=ImportMode.GOOD)
        confirm_import(catalogue_import=made, actor=boss, now=now)
        real = imports.failpoint
        monkeypatch.setattr(imports, "failpoint", _die)
        with pytest.raises(KeyboardInterrupt):
            run_import(import_id=made.pk, clock=timezone.now)
        monkeypatch.setattr(imports, "failpoint", real)
        assert waiting_imports(now=now + timedelta(hours=1)) == [made.pk]

        done = run_import(import_id=made.pk, clock=lambda: now + timedelta(hours=1))

        assert done.status == ImportStatus.DONE
        assert Product.objects.count() == 2
        assert Product.history.filter(code="ecs", name="新名").count() == 1


def _die(_name):
    raise KeyboardInterrupt


class TestPrices:
    def test_become_proposals(self, shelf, boss, now):
        made = carried_out(boss, now, f"{PRICES}ecs,ecs-1,120.00,,\n", Sheet.PRICES)

        assert made.status == ImportStatus.DONE
        change = PriceChange.objects.get()
        assert (change.status, change.source, change.unit_price) == (
            PriceChangeStatus.PROPOSED,
            "import",
            Decimal("120.00"),
        )
        assert (change.proposed_by, "rows.csv" in change.reason) == (boss, True)
        assert change.unit_cost == Decimal("60.00")

    def test_are_set_by_whoever_may(self, shelf, boss, now):
        carried_out(boss, now, f"{PRICES}ecs,ecs-1,120,61,\n", Sheet.PRICES, is_direct=True)

        later = timezone.now()
        assert apply_due(now=later) == 1
        price = price_at(sku=shelf.skus.get(), at=later)
        assert (price.unit_price, price.unit_cost, price.created_by) == (
            Decimal("120.00"),
            Decimal("61.00"),
            boss,
        )
        assert price_at(sku=shelf.skus.get(), at=now).unit_price == Decimal("100.00")

    @pytest.mark.parametrize(
        ("row", "code"),
        [
            ("ecs,ecs-1,12.345,,", "not_an_amount"),
            ("ecs,ecs-1,-1,,", "not_an_amount"),
            ("ecs,ecs-9,1.00,,", "unknown"),
            ("ecs,ecs-1,,,", "empty"),
            ("ecs,ecs-1,1.00,,2001-01-01", "past"),
            ("ecs,ecs-1,1.00,,soon", "not_a_date"),
        ],
    )
    def test_are_refused(self, row, code, shelf, boss, now):
        made = checked(boss, now, f"{PRICES}{row}\n", Sheet.PRICES)

        assert counts(made) == (0, 0, 0, 1)
        assert RefusedRow.objects.get().problems[0]["code"] == code

    def test_of_other_tenants_are_unknown(self, shelf, rival_boss, now):
        made = checked(rival_boss, now, f"{PRICES}ecs,ecs-1,1.00,,\n", Sheet.PRICES)

        assert counts(made) == (0, 0, 0, 1)


class TestWho:
    @pytest.mark.parametrize("actor", ["stranger", "clerk", "member"])
    def test_may_not(self, actor, shelf, now, request):
        with pytest.raises(Forbidden):
            upload(request.getfixturevalue(actor), now, f"{HEADER}ecs,新名,,,\n")

        assert not CatalogueImport.objects.exists()

    def test_nobody_confirms_for_another_tenant(self, shelf, boss, rival_boss, now):
        made = checked(boss, now, f"{HEADER}ecs,新名,,,\n")

        with pytest.raises(NotFound):
            confirm_import(catalogue_import=made, actor=rival_boss, now=now)

        made.refresh_from_db()
        assert made.status == ImportStatus.CHECKED
