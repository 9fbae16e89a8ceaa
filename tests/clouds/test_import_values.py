"""What a bill's cells mean: exact numbers, moments in UTC."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.clouds.importing.problems import Code
from apps.clouds.importing.values import Refused, read_moment, read_number


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("0", "0"),
            ("-0.149", "-0.149"),
            ("0.000000000001", "0.000000000001"),
            ("1234567890123456.123456789012", "1234567890123456.123456789012"),
            (".5", "0.5"),
            ("1e-9", "0.000000001"),
            ("1E3", "1000"),
            ("2.5e+2", "250"),
        ],
    )
    def test_are_exact(self, text, number):
        assert read_number(text) == (Decimal(number), False)

    @pytest.mark.parametrize(
        "text",
        [
            "NaN",
            "Infinity",
            "-inf",
            "1,000.00",
            "+1",
            "¥1",
            "1_000",
            "１２",
            "1e",
            "0x1",
            "--1",
            " 1",
        ],
    )
    def test_of_other_spellings_are_refused(self, text):
        with pytest.raises(Refused) as refusal:
            read_number(text)
        assert refusal.value.code == Code.NOT_A_NUMBER

    @pytest.mark.parametrize(
        "text", ["1e16", "12345678901234567", "-1e999", "9999999999999999.9999999999999"]
    )
    def test_too_large_for_the_column_are_refused(self, text):
        with pytest.raises(Refused) as refusal:
            read_number(text)
        assert refusal.value.code == Code.NUMBER_TOO_LARGE

    def test_beyond_twelve_decimals_are_rounded_half_up_and_said_so(self):
        assert read_number("0.0000000000005") == (Decimal("0.000000000001"), True)
        assert read_number("-0.0000000000005") == (Decimal("-0.000000000001"), True)
        assert read_number("0.1000000000000000") == (Decimal("0.1"), False)

    @given(st.decimals(-(10**15), 10**15, places=12))
    def test_read_back_what_was_written(self, number):
        assert read_number(format(number, "f")) == (number, False)


class TestMoments:
    @pytest.mark.parametrize(
        "text",
        [
            "2026-10-01 00:00:00",
            "2026-10-01T00:00:00Z",
            "2026-10-01T00:00:00.000Z",
            "2026-10-01 00:00:00 UTC",
            "2026-10-01T08:00:00+08:00",
            "2026-10-01T08:00:00+0800",
            "2026-10-01 00:00",
            "2026-10-01",
        ],
    )
    def test_without_zone_are_utc(self, text):
        assert read_moment(text) == datetime(2026, 10, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text",
        ["01/10/2026", "2026-13-01", "2026-02-30", "1926-10-01", "20261001", "2026-W40", "now"],
    )
    def test_of_other_spellings_are_refused(self, text):
        with pytest.raises(Refused):
            read_moment(text)
