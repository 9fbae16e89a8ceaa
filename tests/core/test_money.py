import random
import re
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest
from django.apps.registry import Apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.utils import translation
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.money import (
    DIGITS,
    FEN,
    AmountIsMalformed,
    MoneyField,
    PreciseField,
    RateField,
    capitals,
    format_short,
    format_yuan,
    parse_yuan,
    round_fen,
    split,
    spread_tax,
    tax_included,
)

D = Decimal
amounts = st.decimals(-(10**13), 10**13, places=2)
rates = st.sampled_from([D("0"), D("0.01"), D("0.03"), D("0.06"), D("0.09"), D("0.13")])


@pytest.mark.parametrize(
    ("given_amount", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("0.0049999999999", "0.00"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("2.675", "2.68"),
        ("9999999999999999.994999999999", "9999999999999999.99"),
    ],
)
def test_rounds_half_up(given_amount, rounded):
    assert str(round_fen(D(given_amount))) == rounded


def test_refuses_to_round_what_is_no_amount():
    with pytest.raises(TypeError):
        round_fen(0.1)
    for word in ("NaN", "Infinity"):
        with pytest.raises(ValueError, match="is not an amount"):
            round_fen(D(word))


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0", "0.00"), ("12", "12.00"), ("12.3", "12.30"), ("9999999999999999.99",) * 2],
)
def test_reads_plain_amounts(text, amount):
    assert str(parse_yuan(text)) == amount


@pytest.mark.parametrize(
    "text",
    [
        "1e3", "1E3", "１２", "١٢", "1_000", "1,000", "+1", "-1", "-0", "−1", "", " ", " 1", "1 ",
        "1\n", "1.", ".5", "1.234", "0x1f", "NaN", "inf", "¥1", "1元", "壹", "12345678901234567",
        1, 1.5, True, None, D("1"), b"1",
    ],
)  # fmt: skip
def test_refuses_what_is_not_plainly_an_amount(text):
    with pytest.raises(AmountIsMalformed) as caught:
        parse_yuan(text)

    assert (caught.value.code, caught.value.status) == ("core.amount_is_malformed", 400)
    assert str(text)[:40] in str(caught.value)


@given(amounts, st.lists(st.decimals(0, 10**6, places=4), min_size=1, max_size=30))
@example(D("-0.01"), [D(1), D(1), D(1)])
@example(D("100.00"), [D(0), D(1), D(0), D(2)])
def test_split_parts_sum_to_the_whole_and_are_within_a_fen_of_their_share(total, weights):
    whole = sum(Fraction(weight) for weight in weights)
    if not whole:
        weights, whole = [*weights, D(1)], Fraction(1)

    parts = split(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * Fraction(weight) / whole) < Fraction(FEN)
        assert weight or not part
        assert part * total >= 0


def test_splits_by_largest_remainder_and_then_by_position():
    assert split(D("0.05"), [1, 1, 1]) == [D("0.02"), D("0.02"), D("0.01")]
    assert split(D("10.00"), [D("1.5"), D("1.5"), 0]) == [D("5.00"), D("5.00"), D("0.00")]
    assert split(D("-0.05"), [3, 1]) == [D("-0.04"), D("-0.01")]
    assert split(D("0.00"), [0, 0]) == [D("0.00")] * 2
    assert split(D("0.00"), []) == []


@pytest.mark.parametrize(
    ("total", "weights"), [("1.00", []), ("1.00", [0, 0]), ("1.00", [2, -1]), ("1.005", [1])]
)
def test_refuses_a_split_that_cannot_come_out_even(total, weights):
    with pytest.raises(ValueError, match=r"share|negative|whole fen"):
        split(D(total), weights)


@pytest.mark.parametrize(
    ("line", "count", "rate", "by_line", "by_header"),
    [
        ("33.33", 3, "0.06", "5.67", "5.66"),
        ("33.33", 3, "0.13", "11.49", "11.50"),
        ("0.10", 50, "0.06", "0.50", "0.28"),
    ],
)
def test_lines_are_made_to_sum_to_the_header(line, count, rate, by_line, by_header):
    """INV-4, the vectors of the requirements."""
    lines = [D(line)] * count
    header = tax_included(sum(lines), D(rate))

    spread = spread_tax(lines, D(rate))

    assert sum(tax_included(gross, D(rate)).tax for gross in lines) == D(by_line)
    assert header.tax == D(by_header)
    assert sum(taxed.tax for taxed in spread) == header.tax
    assert sum(taxed.net for taxed in spread) == header.net
    assert all(0 <= taxed.tax <= D(line) for taxed in spread)


def test_residual_is_put_on_the_largest_line():
    """INV-4."""
    lines = [D("33.33"), D("33.33"), D("33.34"), D("5.00")]
    alone = [tax_included(gross, D("0.06")).tax for gross in lines]

    spread = [taxed.tax for taxed in spread_tax(lines, D("0.06"))]

    assert spread == [alone[0], alone[1], alone[2] - FEN, alone[3]]


@given(st.lists(amounts, min_size=1, max_size=40), rates)
def test_lines_of_any_size_and_sign_sum_to_their_header(lines, rate):
    """INV-4."""
    header = tax_included(sum(lines), rate)

    spread = spread_tax(lines, rate)

    assert (sum(t.net for t in spread), sum(t.tax for t in spread)) == header
    for gross, taxed in zip(lines, spread, strict=True):
        assert taxed.net + taxed.tax == gross
        assert min(D(0), gross) <= taxed.tax <= max(D(0), gross)


def test_refuses_a_negative_rate():
    with pytest.raises(ValueError, match="not a tax rate"):
        tax_included(D("1.00"), D("-0.06"))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        # the first nine are the examples of the rules themselves
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("1680.32", "壹仟陆佰捌拾元零叁角贰分"),
        ("107000.53", "壹拾万柒仟元零伍角叁分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("10000.00", "壹万元整"),
        ("15.00", "壹拾伍元整"),
        ("100.05", "壹佰元零伍分"),
        ("0.00", "零元整"),
        ("0.05", "伍分"),
        ("0.50", "伍角"),
        ("1.00", "壹元整"),
        ("10.00", "壹拾元整"),
        ("1001.00", "壹仟零壹元整"),
        ("1010.00", "壹仟零壹拾元整"),
        ("100500.00", "壹拾万零伍佰元整"),
        ("100000005.00", "壹亿零伍元整"),
        ("100005000.00", "壹亿零伍仟元整"),
        ("1012345678.90", "壹拾亿壹仟贰佰叁拾肆万伍仟陆佰柒拾捌元玖角"),
        ("1000000000000.00", "壹万亿元整"),
        ("-1234.56", "负壹仟贰佰叁拾肆元伍角陆分"),
    ],
)
def test_writes_capitals(amount, words):
    assert capitals(D(amount)) == words


def read_capitals(words):
    """Reads 大写 back by cutting at the units, from the largest: 亿, 万, 仟, 佰, 拾."""
    yuan, mark, cents = words.partition("元")
    if not mark:
        yuan, cents = "", words
    tenths, hundredths = (re.search(f"(.){unit}", cents) for unit in "角分")
    return (
        read_integer(yuan)
        + Fraction(DIGITS.index(tenths[1]) if tenths else 0, 10)
        + Fraction(DIGITS.index(hundredths[1]) if hundredths else 0, 100)
    )


def read_integer(words):
    words = words.strip("零")
    for unit, scale in zip("亿万仟佰拾", (10**8, 10**4, 1000, 100, 10), strict=True):
        high, mark, low = words.rpartition(unit)
        if mark:
            return read_integer(high) * scale + read_integer(low)
    return DIGITS.index(words) if words else 0


@given(st.decimals(0, D("9999999999999999.99"), places=2))
@example(D("9999999999999999.99"))
@example(D("1000000010000000.01"))
@example(D("100020000.00"))
def test_capitals_can_be_read_back(amount):
    words = capitals(amount)

    assert read_capitals(words) == Fraction(amount)
    assert "零零" not in words
    assert not any(f"零{unit}" in words for unit in ("拾", "佰", "仟", "万", "亿", "角"))
    assert words.endswith("整") == (amount == amount.to_integral_value())


def test_refuses_capitals_of_less_than_a_fen_or_too_much():
    for amount in ("0.001", "10000000000000000.00"):
        with pytest.raises(ValueError, match=r"whole fen|more digits"):
            capitals(D(amount))


def test_formats_for_people():
    assert format_yuan(D("1234.5")) == "¥1,234.50"
    assert format_yuan(D("-0.125")) == "-¥0.13"
    with translation.override("zh-hans"):
        assert [format_short(D(n)) for n in ("9999.99", "1234567.89", "-123456789")] == [
            "¥9,999.99",
            "¥123.46万",
            "-¥1.23亿",
        ]
    with translation.override("en"):
        assert format_short(D("1234567.89")) == "¥1.23M"


class TestFields:
    def test_know_their_size(self):
        sizes = [
            (f.max_digits, f.decimal_places) for f in (MoneyField(), PreciseField(), RateField())
        ]

        assert sizes == [(18, 2), (28, 12), (9, 6)]
        assert MoneyField().deconstruct()[1] == "apps.core.money.MoneyField"

    @pytest.mark.parametrize("amount", [D("0.005"), 0.5])
    def test_refuse_to_store_what_would_be_rounded(self, amount):
        field = MoneyField()
        field.set_attributes_from_name("total")

        with pytest.raises((ValueError, TypeError), match="total"):
            field.get_db_prep_save(amount, connection)

    def test_store_whole_fen(self):
        assert D(MoneyField().get_db_prep_save(D("0.10"), connection)) == D("0.10")

    def test_forms_refuse_a_third_decimal(self):
        with pytest.raises(ValidationError):
            MoneyField().formfield().clean("0.005")


class CartLine(models.Model):
    """A priced line, to sum by three adders."""

    cart = models.IntegerField()
    total = MoneyField()

    class Meta:
        app_label = "core"
        apps = Apps()
        db_table = "tests_cartline"

    def __str__(self):
        return str(self.total)


@pytest.fixture
def _cart_lines(transactional_db):
    with connection.schema_editor() as editor:
        editor.create_model(CartLine)
    yield
    with connection.schema_editor() as editor:
        editor.delete_model(CartLine)


@pytest.mark.slow
@pytest.mark.sqlite
@pytest.mark.usefixtures("_cart_lines")
def test_python_orm_and_sql_add_10000_carts_alike():
    """X-1: rounded once and here, a total is the same whoever adds it up."""
    rng = random.Random(20261122)  # noqa: S311  the same figures each time
    carts = {}
    for cart in range(10_000):
        price, discount = D(rng.randrange(1, 10**7)).scaleb(-2), D(rng.randrange(500, 1001))
        lines = [round_fen(price * n * discount.scaleb(-3)) for n in range(1, rng.randrange(2, 5))]
        carts[cart] = lines
    CartLine.objects.bulk_create(
        [CartLine(cart=cart, total=total) for cart, lines in carts.items() for total in lines],
        batch_size=2000,
    )

    by_sql = dict(CartLine.objects.values_list("cart").annotate(models.Sum("total")))
    by_orm = defaultdict(D)
    for line in CartLine.objects.all():
        by_orm[line.cart] += line.total

    assert {cart: sum(lines) for cart, lines in carts.items()} == by_orm == by_sql


@pytest.mark.sqlite
@pytest.mark.usefixtures("_cart_lines")
def test_what_cancels_out_sums_to_nothing():
    """SQLite's own sum of these leaves 4.4e-16."""
    for amount in ("1.10", "2.20", "-3.30"):
        CartLine.objects.create(cart=1, total=D(amount))

    total = CartLine.objects.aggregate(total=models.Sum("total"))["total"]

    assert (total, str(total)) == (D("0.00"), "0.00")
