from scripts.check_translations import hidden

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8"

msgid "vendor"
msgstr "{vendor}"

msgctxt "pricing"
msgid "Month"
msgstr "月"
"""


def test_a_catalog_that_says_what_is_shown_is_fine(tmp_path):
    po = tmp_path / "django.po"
    po.write_text(PO.format(vendor="厂商"))

    assert list(hidden(po)) == []


def test_other_words_for_the_same_message_are_found(tmp_path):
    po = tmp_path / "django.po"
    po.write_text(PO.format(vendor="云厂商"))

    [found] = hidden(po)
    assert "'vendor' is shown as 厂商, not 云厂商" in found
