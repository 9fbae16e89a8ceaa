"""Every step and every rejection reads as a sentence, in both languages (PRC-4)."""

from decimal import Decimal

import pytest
from django.utils import translation

from apps.products.pricing import Caps, Kind, Measure, Method, Per, Reason, Used
from apps.products.selectors import explain_priced
from apps.products.selectors.reasons import SENTENCES
from tests.products.pricing.builders import (
    a_rule,
    fixed,
    off,
    price_one,
    save,
    tiers,
    voucher,
)

T, S, SPEND = Kind.TIERED, Kind.SPEND_AND_SAVE, Measure.SPEND
APPLIED = [
    (a_rule("r", off("5")), "每件每周期减 ¥5.00，适用于全部产品"),
    (a_rule("r", off("5", Per.ORDER)), "整单减 ¥5.00，适用于全部产品"),
    (a_rule("r", fixed("80")), "一口价 ¥80.00（每件每周期），适用于全部产品"),
    (a_rule("r", tiers(("2", "0.85")), kind=T), "累计 2，满 2 起 8.5 折"),
    (a_rule("r", tiers(("1", "0.5"), method=Method.SLAB), kind=T), "累计 2，超额累进，平均 7.5 折"),
    (
        a_rule("r", tiers(("10", "0.9"), measure=Measure.SPEND), kind=T),
        "累计 ¥200.00，满 ¥10.00 起 9 折",
    ),
    (a_rule("r", save(("150", "20")), kind=S), "满 ¥150.00 减 ¥20.00"),
    (voucher("r", "30"), "代金券抵扣所涉明细 ¥30.00"),
]
REJECTED = [
    (a_rule("r", tiers(("5", "0.9")), kind=T), "从 5 起适用，目前累计 2"),
    (a_rule("r", save(("500", "20")), kind=S), "满 ¥500.00 可用，至少还差 ¥300.00"),
    (a_rule("r", "0.9", caps=Caps(total=1)), "已售罄"),
]


@pytest.mark.parametrize(("rule", "sentence"), APPLIED)
def test_applied(rule, sentence):
    with translation.override("zh-hans"):
        [line] = explain_priced(price_one(rule, quantity=2)).lines

    assert line.steps[1].reason == sentence


@pytest.mark.parametrize(("rule", "sentence"), REJECTED)
def test_rejected(rule, sentence):
    with translation.override("zh-hans"):
        [line] = explain_priced(price_one(rule, quantity=2)).lines

    assert [miss.reason for miss in line.rejected] == [sentence]


def test_margin_is_told_when_asked_for_alone():
    rule = a_rule("r", "0.9", caps=Caps(budget=Decimal(100)))
    priced = price_one(rule, unit_cost="60", request={"used": {"r": Used()}})

    with translation.override("zh-hans"):
        [told] = explain_priced(priced, with_margin=True).lines
        [silent] = explain_priced(priced).lines

    assert (told.margin.cost, told.margin.margin, told.margin.percent) == (60, 30, Decimal("33.3"))
    assert silent.margin is None


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(Reason)
