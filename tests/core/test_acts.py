"""The audit log speaks the reader's language."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from apps.core import audit, flow
from apps.core.acts import all_labels, label_of

APPS = Path(__file__).resolve().parents[2] / "apps"
WRITTEN = re.compile(r'\bverb=["\']([a-z]+\.[a-z_]+)["\']')
CHINESE = re.compile("[\u4e00-\u9fff]")


def written() -> set[str]:
    return {
        verb
        for path in APPS.rglob("*.py")
        for verb in WRITTEN.findall(path.read_text(encoding="utf-8"))
    }


def test_every_act_has_a_name():
    verbs = written()
    assert "order.placed" in verbs

    with translation.override("zh-hans"):
        nameless = sorted(verb for verb in verbs if not CHINESE.search(label_of(verb)))

    assert nameless == []


def test_moves_are_named_after_the_thing_and_its_state():
    assert flow.registry["billing.Bill.status"]

    with translation.override("zh-hans"):
        assert label_of("bill.paid") == "账单：已支付"


def test_an_act_of_former_times_stays_readable():
    assert label_of("unicorn.ridden") == "unicorn.ridden"


@pytest.mark.django_db
def test_the_log_shows_names_and_is_filtered_by_them(boss, customer, browse):
    audit.record(actor=boss, verb="customer.registered", thing=customer)
    audit.record(actor=boss, verb="order.placed", thing=customer)

    page = browse(boss).get("/admin/core/auditentry/", {"act": "order.placed"})

    assert [entry.verb for entry in page.context["cl"].result_list] == ["order.placed"]
    assert "已下单" in page.content.decode()
    assert ("order.placed", "已下单") in all_labels()
