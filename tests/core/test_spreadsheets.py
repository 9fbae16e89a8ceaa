import csv
import io
import re
import shutil
import subprocess
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import openpyxl
import pytest
import tablib
from django.apps.registry import Apps
from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import connection, models
from import_export.resources import modelresource_factory

from apps.core.encryption import BlindIndexField, EncryptedTextField, RowKeyed
from apps.core.models import NumberTicket
from apps.core.money import MoneyField
from apps.core.spreadsheets import (
    Column,
    SheetIsFull,
    rows_by_key,
    safe_text,
    write_csv,
    write_xlsx,
    writers,
)
from apps.core.spreadsheets.resources import (
    SafeCsv,
    SafeExportMixin,
    SafeXlsx,
    ScopedResource,
)

D = Decimal
PAYLOADS = [
    "=1+1", "==1+1", "+1+1", "-1+1", "@SUM(A1)", "|calc", "%0A=1", "\t=1", "\r=1", "\n=1", " =1+1",
    "＝1+1", "＋1", "－1", "＠SUM(1)", "　=1", '=HYPERLINK("http://example.com","x")',
    "=cmd|' /C calc'!A0", "=IMPORTXML(1,1)", "{=1+1}", "\ufeff=1", "\u200b=1", "'=1",
]  # fmt: skip


@pytest.fixture(params=[writers.with_rust, writers.with_python], ids=["rust", "python"])
def engine(request):
    return request.param


def written(columns, rows, engine):
    target = io.BytesIO()
    write_xlsx(target, columns, rows, engine=engine)
    return target


def sheet(columns, rows, engine):
    return openpyxl.load_workbook(written(columns, rows, engine)).active


def formula_cells(target):
    with zipfile.ZipFile(target) as book:
        return re.findall(r"<f[ >/]", book.read("xl/worksheets/sheet1.xml").decode())


def test_no_payload_becomes_a_formula(engine):
    columns = [Column("=1+1"), Column("b")]

    target = written(columns, [[payload, 1] for payload in PAYLOADS], engine)
    cells = [row[0] for row in openpyxl.load_workbook(target).active.iter_rows()]

    assert formula_cells(target) == []
    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells)
    # CR is written as LF by one engine and escaped by the other; the rest is unchanged
    unescaped = [cell.value.replace("_x000D_", "\r").replace("\n", "\r") for cell in cells]
    assert unescaped == ["=1+1", *(payload.replace("\n", "\r") for payload in PAYLOADS)]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_csv_marks_what_a_spreadsheet_would_calculate(payload):
    target = io.BytesIO()

    write_csv(target, [Column("a")], [[payload]])
    (cell,) = list(csv.reader(io.StringIO(target.getvalue().decode("utf-8-sig"), newline="")))[1]

    assert cell == (payload if payload in ("{=1+1}", "'=1") else f"'{payload}")


def test_csv_leaves_amounts_and_plain_text_alone():
    target = io.BytesIO()
    columns = [Column("金额", kind="money"), Column("名称")]

    count = write_csv(target, columns, [[D("-5.10"), "云服务器"], [None, None]])

    assert target.getvalue().decode() == "\ufeff金额,名称\r\n-5.1,云服务器\r\n,\r\n"
    assert count == 2
    assert safe_text("") == ""


def test_cells_have_their_types(engine):
    columns = [
        Column("单号", "number", width=30),
        Column("金额", "total", kind="money"),
        Column("用量", "usage", kind="precise"),
        Column("时间", "at", kind="datetime"),
        Column("日期", lambda row: row["day"], kind="date"),
        Column("数量", "n", kind="number"),
    ]
    row = {
        "number": "00012345678901234567",
        "total": D("-1234.50"),
        "usage": D("1.123456789012"),
        "at": datetime(2026, 11, 22, 16, 30, 1, 999, tzinfo=UTC),
        "day": date(2026, 2, 28),
        "n": 7,
    }

    cells = sheet(columns, [row], engine)[2]

    assert [cell.value for cell in cells] == [
        "00012345678901234567",
        -1234.5,
        1.123456789012,
        datetime(2026, 11, 23, 0, 30, 1),  # noqa: DTZ001  Shanghai, as a cell has no zone
        datetime(2026, 2, 28),  # noqa: DTZ001
        7,
    ]
    assert "¥" in cells[1].number_format
    assert cells[3].number_format == "yyyy-mm-dd hh:mm:ss"
    assert cells[4].number_format == "yyyy-mm-dd"


def test_numbers_that_a_double_cannot_hold_are_text(engine):
    columns = [Column("m", kind="money"), Column("p", kind="precise"), Column("n", kind="number")]
    rows = [
        [D("9999999999999.99"), D("123.123456789012"), 10**15 - 1],
        [D("12345678901234567.89"), D("12345.123456789012"), 2**63],
        [D("0.10"), D("12345.120000000000"), D("NaN")],
        [None, None, float("inf")],
    ]

    table = [[cell.value for cell in row] for row in sheet(columns, rows, engine)[2:5]]

    assert table == [
        [9999999999999.99, 123.123456789012, 10**15 - 1],
        ["12345678901234567.89", "12345.123456789012", str(2**63)],
        [0.1, 12345.12, "NaN"],
        [None, None, "inf"],
    ]


def test_refuses_floats_as_money(engine):
    with pytest.raises(TypeError, match="money is Decimal"):
        written([Column("m", kind="money")], [[0.1]], engine)


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("a\x00b\x1bc", "a�b�c"),
        ("\ud800", "�"),
        ("line\nbreak\ttab", "line\nbreak\ttab"),
        ("x" * 40_000, "x" * 32_766 + "…"),
        ("😀" * 20_000, "😀" * 16_383 + "…"),
        ("", None),
        ("<&>\"'", "<&>\"'"),
    ],
)
def test_keeps_what_a_cell_can_hold(engine, text, cell):
    assert sheet([Column("a"), Column("b")], [[text, "z"]], engine)["A2"].value == cell


def test_does_not_let_text_pose_as_an_escape(engine):
    with zipfile.ZipFile(written([Column("a")], [["_x0041_"]], engine)) as book:
        stored = book.read("xl/worksheets/sheet1.xml").decode()
        if "sharedStrings.xml" in " ".join(book.namelist()):
            stored += book.read("xl/sharedStrings.xml").decode()

    assert "_x005F_x0041_" in stored


def test_years_before_excel_stay_readable(engine):
    columns = [Column("d", kind="date"), Column("t", kind="datetime")]

    row = sheet(columns, [[date(1899, 12, 31), datetime(1850, 1, 2, 3, 4, 5)]], engine)[2]  # noqa: DTZ001

    assert [cell.value for cell in row] == ["1899-12-31", "1850-01-02 03:04:05"]


def test_an_empty_table_has_its_header(engine):
    table = sheet([Column("编号"), Column("金额", kind="money")], [], engine)

    assert [[cell.value for cell in row] for row in table.iter_rows()] == [["编号", "金额"]]


def test_counts_rows_of_a_generator(engine):
    target = io.BytesIO()

    assert write_xlsx(target, [Column("n")], ([n] for n in range(3)), engine=engine) == 3


def test_writes_to_a_path(engine, tmp_path):
    path = tmp_path / "out.xlsx"

    write_xlsx(path, [Column("n")], [["x"]], engine=engine)

    assert openpyxl.load_workbook(path).active["A2"].value == "x"


def test_a_sheet_that_is_full_says_so(engine, monkeypatch):
    monkeypatch.setattr(writers, "MOST_ROWS", 2)

    with pytest.raises(SheetIsFull) as caught:
        written([Column("n")], ([n] for n in range(3)), engine)

    assert "2" in str(caught.value)


def test_refuses_two_columns_of_one_title(engine):
    with pytest.raises(ValueError, match="one title"):
        written([Column("n"), Column("n")], [], engine)


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_reads_the_texts_unchanged(tmp_path):
    path = tmp_path / "out.xlsx"
    payloads = [payload for payload in PAYLOADS if "\r" not in payload]
    write_xlsx(path, [Column("a"), Column("n", kind="number")], [[p, 1] for p in payloads])

    subprocess.run(  # noqa: S603
        [shutil.which("soffice"), f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
         "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir", tmp_path, path],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as stream:
        assert [row[0] for row in csv.reader(stream)] == ["a", *payloads]


@pytest.mark.django_db
@pytest.mark.sqlite
class TestRowsByKey:
    @pytest.fixture
    def tickets(self):
        return [NumberTicket.objects.create().pk for _ in range(10)]

    def test_reads_every_row_once_in_pages(self, tickets, django_assert_num_queries):
        with django_assert_num_queries(4):
            mine = NumberTicket.objects.filter(pk__in=tickets)  # others' tickets outlive their test
            rows = list(rows_by_key(mine.order_by("-pk"), "id", size=3))

        assert rows == [(pk,) for pk in tickets]

    def test_gives_instances_without_fields(self, tickets):
        mine = NumberTicket.objects.filter(pk__in=tickets)
        rows = rows_by_key(mine.exclude(pk=tickets[4]), size=5)

        assert [row.pk for row in rows] == tickets[:4] + tickets[5:]


class PaperQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(owner=user)


class Paper(RowKeyed):
    """A scoped row with a secret."""

    owner = models.CharField(max_length=20)
    title = models.CharField(max_length=50)
    total = MoneyField()
    at = models.DateTimeField()
    phone = EncryptedTextField()
    phone_index = BlindIndexField(source="phone")
    objects = PaperQuerySet.as_manager()

    class Meta:
        app_label = "core"
        apps = Apps()
        db_table = "tests_paper"

    def __str__(self):
        return self.title


@pytest.fixture(scope="module")
def _papers(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Paper)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Paper)


@pytest.mark.django_db
@pytest.mark.sqlite
@pytest.mark.usefixtures("_papers")
class TestImportExport:
    """Exports of django-import-export: scoped, without secrets, safe (X-6)."""

    @pytest.fixture
    def resource(self):
        at = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
        for owner, title in (("li", "=1+1"), ("li", "二"), ("wang", "canary")):
            Paper.objects.create(owner=owner, title=title, total=D("-1.50"), at=at, phone="canary")
        fields = ("title", "total", "at", "phone", "phone_index")
        return modelresource_factory(Paper, ScopedResource, meta_options={"fields": fields})

    def test_writes_typed_cells_of_visible_rows(self, resource):
        data = SafeXlsx().export_data(resource(user="li").export())

        table = openpyxl.load_workbook(io.BytesIO(data)).active
        assert formula_cells(io.BytesIO(data)) == []
        assert [[cell.value for cell in row] for row in table.iter_rows()] == [
            ["title", "total", "at"],
            ["=1+1", -1.5, datetime(2026, 11, 23, 0, 30)],  # noqa: DTZ001
            ["二", -1.5, datetime(2026, 11, 23, 0, 30)],  # noqa: DTZ001
        ]

    def test_scopes_the_queryset_of_a_forgetful_door(self, resource):
        data = SafeCsv().export_data(resource(user="wang").export(Paper.objects.all()))

        assert data.decode("utf-8-sig").splitlines() == [
            "title,total,at",
            "canary,-1.5,2026-11-23 00:30:00",
        ]

    def test_refuses_an_export_without_a_user(self, resource):
        with pytest.raises(PermissionDenied):
            resource().export()

    def test_exports_chosen_columns(self, resource):
        stream = resource(user="li").export(export_fields=["total"])

        assert (stream.headers, [list(row) for row in stream]) == (["total"], [[D("-1.50")]] * 2)

    def test_takes_a_plain_dataset_too(self):
        dataset = tablib.Dataset(["=1", 2, None], headers=["a", "b", "c"])

        row = openpyxl.load_workbook(io.BytesIO(SafeXlsx().export_data(dataset))).active[2]

        assert [(cell.value, cell.data_type) for cell in row] == [
            ("=1", "s"), (2, "n"), (None, "n"),
        ]  # fmt: skip

    def test_an_admin_page_hands_its_user_over(self, rf):
        class Page(SafeExportMixin, admin.ModelAdmin):
            resource_classes = []

        page = Page(Paper, admin.AdminSite())
        request = rf.get("/")
        request.user = "li"

        (resource,) = page.get_export_resource_classes(request)
        kwargs = page.get_export_resource_kwargs(request)

        assert issubclass(resource, ScopedResource)
        assert kwargs["user"] == "li"
        assert page.formats == [SafeXlsx, SafeCsv]

    def test_an_admin_page_refuses_an_unscoped_resource(self, rf):
        class Page(SafeExportMixin, admin.ModelAdmin):
            resource_classes = [modelresource_factory(Paper)]

        with pytest.raises(ImproperlyConfigured, match="ScopedResource"):
            Page(Paper, admin.AdminSite()).get_export_resource_classes(rf.get("/"))
