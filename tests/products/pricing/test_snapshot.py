"""The frozen form of a quote: bytes, in two versions (X-4)."""

from datetime import datetime

from django.utils import translation

from apps.products.pricing import Kind
from apps.products.selectors import explain_snapshot
from tests.products.pricing.builders import NOON, a_rule, price_one, save

FIRST_VERSION = (
    '{"at":"2026-11-22T12:00:00+08:00","currency":"CNY","lines":[{"amount":"170.00",'
    '"list_amount":"200.00","periods":1,"quantity":2,"rejected":[],"savings":"30.00",'
    '"sku":{"code":"ecs.g7","id":11,"name":"ECS g7"},"steps":[{"after":"200.00",'
    '"before":"0.00","kind":"list","reason":"list_price","rule":null},{"after":"170.00",'
    '"before":"200.00","kind":"customer_discount","reason":"discount_applied","rule":'
    '{"key":"r:1","kind":"customer_discount","name":"Rule r:1","rate":"0.85",'
    '"scope":"all","start":null,"target":null,"target_name":"","until":null}}],'
    '"tax_rate":"0","unit":"monthly","unit_price":"100.00"}],"list_total":"200.00",'
    '"savings":"30.00","total":"170.00","version":1}'
)
SECOND_VERSION = (
    '{"at":"2026-11-22T12:00:00+08:00","claims":[{"amount":"30.00","orders":1,"rule":"r:1",'
    '"units":2}],"currency":"CNY","gifts":[],"lines":[{"amount":"170.00",'
    '"list_amount":"200.00","periods":1,"quantity":2,"region":"","rejected":[],'
    '"savings":"30.00","sku":{"code":"ecs.g7","id":11,"name":"ECS g7"},'
    '"spec_version":1,"steps":['
    '{"after":"200.00","before":"0.00","kind":"list","params":{},"reason":"list_price",'
    '"rule":null},{"after":"170.00","before":"200.00","kind":"customer_discount","params":{},'
    '"reason":"discount_applied","rule":{"change":{"rate":"0.85","type":"percent"},'
    '"key":"r:1","kind":"customer_discount","name":"Rule r:1","scope":"all","start":null,'
    '"target":null,"target_name":"","until":null}}],"tax":"9.62","tax_rate":"0.06",'
    '"unit":"monthly","unit_price":"100.00"}],"list_total":"200.00","order_type":"new",'
    '"project":"","savings":"30.00","tax":"9.62","total":"170.00","version":2}'
)


def test_is_the_same_bytes_for_the_same_quote():
    """X-4"""
    utc = NOON.astimezone(datetime.fromisoformat("2026-01-01T00:00:00Z").tzinfo)

    first = price_one(a_rule("all", "0.850000")).to_snapshot()

    assert price_one(a_rule("all", "0.85"), at=utc).to_snapshot() == first


def test_reads_as_written():
    quote = price_one(a_rule("r:1", "0.85"), quantity=2, tax_rate="0.06", unit_cost="60")

    assert quote.to_snapshot() == SECOND_VERSION
    assert quote.to_margin_snapshot() == (
        '{"cost_total":"120.00","lines":[{"cost_amount":"120.00","cost_steps":[{"after":"120.00",'
        '"before":"0.00","kind":"vendor_price","term":null}],"floor":"120.00","hidden":[],'
        '"margin":"50.00"}],"margin":"50.00","version":2}'
    )


def test_the_first_version_stays_readable():
    with translation.override("en"):
        former, present = explain_snapshot(FIRST_VERSION), explain_snapshot(SECOND_VERSION)

    assert [step.reason for step in former.lines[0].steps] == [
        "¥100.00 × 2 × 1 (Per month)",
        "85 % of the price, for everything",
    ]
    assert former.lines[0].steps == present.lines[0].steps
    assert (former.total, former.tax, former.gifts) == (present.total, 0, [])


def test_gifts_are_told_and_leave_the_price():
    quote = price_one(a_rule("gift", save(("50", "20"), gift=True), kind=Kind.SPEND_AND_SAVE))

    explained = explain_snapshot(quote.to_snapshot())

    assert [(gift.name, gift.amount) for gift in explained.gifts] == [("Rule gift", 20)]
    assert explained.total == 100
