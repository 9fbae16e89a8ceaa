"""Reading FOCUS files: pure, without a database."""

import csv
import gzip
import io
from datetime import date
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.clouds.importing.header import HeaderIsUnusable, read_header
from apps.clouds.importing.problems import Code, Doubt
from apps.clouds.importing.reader import BillFile, count_rows, fingerprint
from apps.clouds.importing.rows import Checked, RowChecker
from tests.factories.bills import columns_of, focus_csv, usage_row, usage_rows

REAL = Path(__file__).resolve().parents[3] / "shared/data/focus/v1.0_focus_sample.csv"
EXAMPLES = Path(__file__).resolve().parents[1] / "data/focus"


def read(content: bytes, *, chunk: int = 5000, **rules) -> tuple[RowChecker, list[Checked]]:
    with BillFile(io.BytesIO(content)) as file:
        checker = RowChecker(
            read_header(file.header), tenant=1, zone=ZoneInfo("Asia/Shanghai"), **rules
        )
        return checker, [checker.check(part) for part in file.chunks(chunk)]


def good_rows(content: bytes, **rules) -> int:
    return sum(len(part.rows) for part in read(content, **rules)[1])


def bad_rows(content: bytes, **rules) -> list[tuple[int, list[tuple[Code, str]]]]:
    return [
        (row.line, [(problem.code, problem.column) for problem in row.problems])
        for part in read(content, **rules)[1]
        for row in part.bad
    ]


def digests(content: bytes) -> list[bytes]:
    return [digest for part in read(content)[1] for digest in part.digests]


class TestVersions:
    @pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3"])
    def test_a_file_of_each_version_is_read(self, version):
        row = usage_row(ServiceProviderName="Example Cloud", HostProviderName="Example Cloud")

        [part] = read(focus_csv([row], columns_of(version)))[1]

        assert read_header(columns_of(version)).version == version
        assert part.values["provider_name"] == ["Example Cloud"]
        assert part.values["list_cost"] == [Decimal("0.5")]
        assert part.bad == []

    def test_version_1_3_names_the_seller_of_the_service(self):
        columns = [name for name in columns_of("1.3") if name != "ProviderName"]
        row = usage_row(ServiceProviderName="Reseller Cloud", HostProviderName="Example Cloud")

        [part] = read(focus_csv([row], columns))[1]

        assert part.values["provider_name"] == ["Reseller Cloud"]

    def test_examples_on_disk_are_all_good(self):
        for path in sorted(EXAMPLES.glob("focus_*.csv")):
            _checker, parts = read(path.read_bytes())
            assert [part.bad for part in parts] == [[]], path.name

    def test_order_of_columns_case_and_byte_order_mark_change_nothing(self):
        rows = usage_rows(5)
        columns = columns_of("1.0")
        shuffled = sorted(columns, key=lambda name: name[::-1])

        straight, mixed = focus_csv(rows, columns), focus_csv(rows, shuffled, bom=True)
        lower = straight.replace(b"BilledCost", b"billedcost", 1)

        assert digests(mixed) == digests(straight) == digests(lower)

    def test_null_and_empty_are_one(self):
        nulls = usage_row(RegionId="NULL", ChargeClass="NULL")
        empty = usage_row(RegionId="", ChargeClass="")

        assert digests(focus_csv([nulls])) == digests(focus_csv([empty]))

    def test_columns_of_a_later_version_without_values_keep_the_identity(self):
        rows = usage_rows(2)
        assert digests(focus_csv(rows, columns_of("1.0"))) == digests(
            focus_csv(rows, columns_of("1.1"))
        )

    def test_columns_of_the_vendors_own_tell_lines_apart(self):
        columns = [*columns_of("1.0"), "x_LineId"]
        rows = [usage_row(x_LineId="1"), usage_row(x_LineId="2")]

        first, second = digests(focus_csv(rows, columns))

        assert first != second

    def test_our_own_columns_of_an_error_file_do_not(self):
        columns = ["x_kboss_line", *columns_of("1.0")]
        assert digests(focus_csv([usage_row(x_kboss_line="7")], columns)) == digests(
            focus_csv([usage_row()])
        )

    def test_another_tenant_has_other_lines(self):
        content = focus_csv([usage_row()])
        with BillFile(io.BytesIO(content)) as file:
            other = RowChecker(read_header(file.header), tenant=2, zone=ZoneInfo("Asia/Shanghai"))
            [part] = [other.check(part) for part in file.chunks(10)]
        assert part.digests != digests(content)

    @pytest.mark.parametrize("name", ["ListCost", "BillingPeriodStart", "ProviderName"])
    def test_a_missing_column_refuses_the_file(self, name):
        columns = [column for column in columns_of("1.0") if column != name]
        with pytest.raises(HeaderIsUnusable) as refusal:
            read(focus_csv([usage_row()], columns))
        assert refusal.value.missing == [name]

    def test_a_column_named_twice_refuses_the_file(self):
        with pytest.raises(HeaderIsUnusable) as refusal:
            read_header([*columns_of("1.0"), "listcost"])
        assert refusal.value.doubled == ["ListCost"]


class TestBadRows:
    """Eight kinds of them; each is found, the rows around it are good."""

    @pytest.mark.parametrize(
        ("cells", "code", "column"),
        [
            ({"BilledCost": ""}, Code.EMPTY, "BilledCost"),
            ({"ListCost": "1,234.5"}, Code.NOT_A_NUMBER, "ListCost"),
            ({"ListCost": "1e20"}, Code.NUMBER_TOO_LARGE, "ListCost"),
            ({"ChargePeriodStart": "yesterday"}, Code.NOT_A_MOMENT, "ChargePeriodStart"),
            ({"ChargeCategory": "Gift"}, Code.NOT_A_WORD, "ChargeCategory"),
            ({"BillingCurrency": "RMB¥"}, Code.NOT_A_CURRENCY, "BillingCurrency"),
            ({"BillingCurrency": "USD"}, Code.OTHER_CURRENCY, "BillingCurrency"),
            ({"ServiceName": "x" * 256}, Code.TOO_LONG, "ServiceName"),
            (
                {"ChargePeriodEnd": "2026-10-05T08:00:00Z"},
                Code.PERIOD_ORDER,
                "ChargePeriodEnd",
            ),
            (
                {"BillingPeriodEnd": "2026-09-01T00:00:00Z"},
                Code.PERIOD_ORDER,
                "BillingPeriodEnd",
            ),
        ],
        ids=lambda value: value if isinstance(value, Code) else None,
    )
    def test_are_found_with_line_and_column(self, cells, code, column):
        rows = [usage_row(), usage_row(**cells), usage_row()]
        content = focus_csv(rows)

        assert bad_rows(content) == [(3, [(code, column)])]
        assert good_rows(content) == 2

    def test_with_too_few_or_too_many_cells(self):
        lines = focus_csv(usage_rows(3)).splitlines(keepends=True)
        lines[2] = lines[2].replace(b"Usage,", b"Usage,extra,", 1)
        lines[3] = b"a,b\r\n"

        assert bad_rows(b"".join(lines)) == [
            (3, [(Code.WRONG_WIDTH, "")]),
            (4, [(Code.WRONG_WIDTH, "")]),
        ]

    def test_with_bytes_that_are_not_utf8_keep_their_bytes(self):
        content = focus_csv([usage_row(), usage_row(ResourceName="web-?")])
        content = content.replace(b"web-?", "北京".encode("gbk"))

        [part] = read(content)[1]

        assert [(row.line, row.problems[0].code) for row in part.bad] == [(3, Code.NOT_UTF8)]
        assert "北京".encode("gbk") in ",".join(part.bad[0].cells).encode(errors="surrogateescape")

    def test_with_a_misplaced_quotation_mark_do_not_take_others_along(self):
        lines = focus_csv(usage_rows(3)).splitlines(keepends=True)
        lines[2] = b'"abc"d,' + lines[2]

        assert bad_rows(b"".join(lines)) == [(3, [(Code.BROKEN, "")])]
        assert good_rows(b"".join(lines)) == 2

    def test_an_unclosed_quotation_mark_keeps_the_text_it_swallowed(self):
        content = focus_csv([usage_row()]) + b'"never closed,1,2\r\nnext line\r\n'

        [part] = read(content)[1]

        assert len(part.rows) == 1
        assert part.bad[0].line == 3
        assert part.bad[0].cells == ['"never closed,1,2\r\nnext line\r\n']

    def test_may_be_wrong_in_several_columns(self):
        row = usage_row(BilledCost="x", ListCost="y")
        [(line, problems)] = bad_rows(focus_csv([row]))
        assert (line, {column for _code, column in problems}) == (2, {"BilledCost", "ListCost"})

    def test_of_another_month_are_bad_when_a_month_is_asked_for(self):
        rows = [
            usage_row(),
            usage_row(
                BillingPeriodStart="2026-11-01T00:00:00Z", BillingPeriodEnd="2026-12-01T00:00:00Z"
            ),
        ]
        assert bad_rows(focus_csv(rows), month=date(2026, 10, 1)) == [
            (3, [(Code.OTHER_MONTH, "BillingPeriodStart")])
        ]
        assert bad_rows(focus_csv(rows)) == []

    def test_line_numbers_are_physical_lines(self):
        rows = [
            usage_row(ChargeDescription="one\nline\r\nthree"),
            usage_row(ListCost="x"),
            usage_row(ChargeDescription="two\nlines", ListCost="x"),
            usage_row(ListCost="x"),
        ]
        content = focus_csv(rows).replace(b"\r\n", b"\n", 1)
        content = content.replace(b"\n", b"\n\n\n", 1)  # two empty lines below the header

        assert [line for line, _problems in bad_rows(content, chunk=2)] == [7, 8, 10]


class TestDoubts:
    def test_list_cost_that_is_not_price_times_quantity(self):
        rows = [
            usage_row(ListCost="0.500001"),
            usage_row(ListCost="0.5000011"),
            usage_row(ListCost="9", ChargeClass="Correction"),
            usage_row(ListCost="9", ListUnitPrice="NULL"),
        ]
        checker, _parts = read(focus_csv(rows))
        assert checker.doubts.lines == {(Doubt.LIST_COST_DIFFERS, "ListCost"): [3]}

    def test_enum_spellings_are_one(self):
        spellings = ["Usage-Based", "Usage-based", "usage based", "USAGE_BASED"]
        checker, [part] = read(focus_csv([usage_row(ChargeFrequency=word) for word in spellings]))
        assert part.values["charge_frequency"] == ["Usage-Based"] * 4
        assert checker.doubts.counts == {}

    def test_words_that_focus_does_not_know_are_kept(self):
        checker, [part] = read(focus_csv([usage_row(PricingCategory="Spot")]))
        assert part.values["pricing_category"] == ["Spot"]
        assert checker.doubts.counts == {(Doubt.UNKNOWN_WORD, "PricingCategory"): 1}

    def test_late_usage_is_good(self):
        late = usage_row(
            ChargePeriodStart="2026-09-30T22:00:00Z", ChargePeriodEnd="2026-09-30T23:00:00Z"
        )
        checker, [part] = read(focus_csv([late]))
        assert len(part.rows) == 1
        assert checker.doubts.counts == {(Doubt.OUTSIDE_PERIOD, "ChargePeriodStart"): 1}


class TestFiles:
    def test_packed_and_plain_have_one_fingerprint(self):
        content = focus_csv(usage_rows(3))
        packed = gzip.compress(content)

        assert fingerprint(io.BytesIO(packed)) == fingerprint(io.BytesIO(content))
        assert good_rows(packed) == 3
        assert count_rows(io.BytesIO(packed)) == 3

    @pytest.mark.skipif(not REAL.exists(), reason="the sample of real bills is not there")
    def test_the_real_sample_is_read_to_the_last_decimal(self):
        checker, parts = read(REAL.read_bytes(), chunk=300)
        billed = sum((x for part in parts for x in part.values["billed_cost"]), Decimal(0))
        with REAL.open(encoding="utf-8-sig", newline="") as file:
            expected = sum((Decimal(row["BilledCost"]) for row in csv.DictReader(file)), Decimal(0))

        assert sum(len(part.rows) for part in parts) == 1000
        assert [part.bad for part in parts] == [[], [], [], []]
        assert billed == expected == Decimal("20.52022672899")
        assert checker.doubts.counts[Doubt.LIST_COST_DIFFERS, "ListCost"] == 25
        assert checker.doubts.counts[Doubt.OUTSIDE_PERIOD, "ChargePeriodStart"] == 1


CELL = st.one_of(
    st.sampled_from(
        ["", "NULL", "0.5", "-1", "x", "2026-10-05T08:00:00Z", "CNY", "Usage", '"', "é"]
    ),
    st.text(st.characters(codec="utf-8"), max_size=6),
)


class TestMonths:
    def test_a_month_of_beijing_starts_the_day_before_in_utc(self):
        row = usage_row(
            BillingPeriodStart="2026-09-30T16:00:00Z", BillingPeriodEnd="2026-10-31T16:00:00Z"
        )
        [part] = read(focus_csv([row]))[1]
        assert part.months == [date(2026, 10, 1)]


class TestNothingIsLost:
    @given(
        st.lists(
            st.dictionaries(st.sampled_from(columns_of("1.0")), CELL, max_size=3), max_size=25
        ),
        st.integers(1, 7),
    )
    def test_good_and_bad_are_all_that_was_read(self, changes, chunk):
        content = focus_csv([usage_row(**cells) for cells in changes])

        _checker, parts = read(content, chunk=chunk)

        read_rows = sum(len(part.rows) + len(part.bad) for part in parts)
        assert read_rows == len(changes)
        assert all(len(part.digests) == len(part.rows) == len(part.lines) for part in parts)
        lines = sorted(
            line for part in parts for line in (*part.lines, *(row.line for row in part.bad))
        )
        assert len(set(lines)) == len(lines)

    @given(st.binary(max_size=400), st.integers(1, 5))
    def test_whatever_bytes_follow_the_good_row_stays_good(self, noise, chunk):
        content = focus_csv([usage_row()]) + b"\r\n" + noise

        _checker, parts = read(content, chunk=chunk)

        assert sum(len(part.rows) for part in parts) == 1
