"""docs/api.md lists every problem code with its status and sentence."""

from scripts import api_codes


def test_the_table_is_the_code():
    assert api_codes.stored().splitlines() == api_codes.table().splitlines(), (
        "python -m scripts.api_codes --write"
    )
