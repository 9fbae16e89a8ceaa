import gettext
from textwrap import dedent

import pytest

from scripts import check_translations, messages

HEADER = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"""


@pytest.fixture
def catalog(tmp_path, monkeypatch):
    """Writes apps/billing's catalog of a tree of its own."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(check_translations, "ROOT", tmp_path)
    folder = tmp_path / "apps" / "billing" / "locale" / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)

    def write(entries):
        po = folder / "django.po"
        po.write_text(dedent(HEADER) + dedent(entries))
        return po

    return write


def test_compiles_without_gettext(catalog, tmp_path):
    po = catalog("""
        msgid "Pay"
        msgstr "支付"
        """)

    messages.compile_all(tmp_path)

    with po.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Pay") == "支付"
    assert [path.name for path in po.parent.iterdir() if path.suffix == ".tmp"] == []


@pytest.mark.parametrize(
    "entry",
    [
        'msgid "Pay"\nmsgstr ""\n',
        '#, fuzzy\nmsgid "Pay"\nmsgstr "支付"\n',
        'msgid "one bill"\nmsgid_plural "{n} bills"\nmsgstr[0] ""\n',
    ],
    ids=["empty", "fuzzy", "plural"],
)
def test_an_unfinished_translation_is_named(catalog, entry):
    (complaint,) = check_translations.unfinished(catalog(f"\n{entry}"))

    assert complaint.startswith("apps/billing/locale/zh_Hans/LC_MESSAGES/django.po: ")


def test_a_finished_one_is_not(catalog):
    po = catalog('\nmsgid "one bill"\nmsgid_plural "{n} bills"\nmsgstr[0] "{n} 张账单"\n')

    assert check_translations.unfinished(po) == []
