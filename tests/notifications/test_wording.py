import pytest

from apps.notifications.wording import fill, one_line, placeholders_in, strange_in

FACTS = {"name": "上海{{amount}}{0.__class__}", "amount": "¥8.80"}
ATTACKS = [
    "{{name.__class__}}",
    "{{ user.password }}",
    "{{name|safe}}",
    "{{name}}{{settings.SECRET_KEY}}",
    "{{}}",
    "{{ name",
    "name }}",
    "{{Name}}",
    "{{{{name}}",
    "{{na\nme}}",
    "{{unknown}}",
    "{{name!r}}",
    "{{0}}",
]


def test_names_are_looked_up_once_and_what_was_put_in_is_not_read_again():
    assert fill("{{name}}：{{ amount }}", FACTS) == "上海{{amount}}{0.__class__}：¥8.80"


@pytest.mark.parametrize(
    "text", ["{name.__class__}", "{0}", "%(name)s", "{% include 'x' %}", "{# #}", "${name}"]
)
def test_other_languages_are_plain_text(text):
    assert fill(text, FACTS) == text
    assert strange_in(text, FACTS) == []


@pytest.mark.parametrize("text", ATTACKS)
def test_what_looks_like_a_placeholder_and_is_none_is_found(text):
    assert strange_in(text, FACTS) != []


def test_a_fact_that_is_missing_is_an_error():
    with pytest.raises(KeyError):
        fill("{{amount}}", {})


def test_lists_the_placeholders_of_a_text():
    assert placeholders_in("{{name}} {{ amount }} {{name}}") == {"name", "amount"}


def test_a_subject_is_one_line():
    assert one_line(" a\r\nBcc: x@example.com\n b ") == "a Bcc: x@example.com b"
