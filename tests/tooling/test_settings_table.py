"""docs/settings.md lists every environment variable that is read, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = [
    *(ROOT / "kboss").rglob("*.py"),
    *(ROOT / "apps").rglob("*.py"),
    *(ROOT / "simulators").rglob("*.py"),
    *(ROOT / "benchmarks").rglob("*.py"),
    *(ROOT / "tests").rglob("*.py"),
    *(ROOT / "scripts").iterdir(),
    *(ROOT / "docker").iterdir(),
]
READ = re.compile(
    r"""(?:\benv(?:\.\w+)?|\brequired|_setting|environ\.get|getenv)\(\s*"(?P<call>[A-Z][A-Z0-9_]+)"
      | environ\["(?P<subscript>[A-Z][A-Z0-9_]+)"\]
      | variable="(?P<service>[A-Z][A-Z0-9_]+)"
      | \$\{(?P<shell>[A-Z][A-Z0-9_]+):[?-]""",
    re.VERBOSE,
)
REQUIRED = re.compile(r'\brequired\(\s*"([A-Z0-9_]+)"')
# Of the operating system or of other programs, not ours to explain.
FOREIGN = {"PATH", "DEBIAN_FRONTEND", "PYTEST_XDIST_WORKER", "DJANGO_ALLOW_ASYNC_UNSAFE"}
COMPOSE_ALONE = {"KBOSS_DATABASE_PASSWORD"}
# Chosen for production by its own words, not by `required`.
MUST_BE_SAID = {"KBOSS_ENVIRONMENT", "KBOSS_ALLOWED_HOSTS"}


def names_read():
    texts = [path.read_text() for path in READERS if path.is_file() and path != Path(__file__)]
    found = {name for text in texts for match in READ.finditer(text) for name in match.groups()}
    return found - FOREIGN - {None}


def names_required():
    settings = (ROOT / "kboss" / "settings").glob("*.py")
    return {name for path in settings for name in REQUIRED.findall(path.read_text())}


def rows():
    lines = [line.split("|") for line in document().splitlines() if line.startswith("| `")]
    return {cells[1].strip(" `"): cells[3].strip() == "yes" for cells in lines}


def document():
    return (ROOT / "docs" / "settings.md").read_text()


def test_each_variable_that_is_read_has_a_row_and_no_row_is_stale():
    assert sorted(rows()) == sorted(names_read())


def test_each_variable_has_one_row():
    names = re.findall(r"^\| `(\w+)` \|", document(), re.MULTILINE)

    assert len(names) == len(set(names))


def test_marks_what_production_must_set():
    marked = {name for name, is_required in rows().items() if is_required}

    assert marked == names_required() | COMPOSE_ALONE


def test_the_example_sets_what_production_must_set():
    example = (ROOT / "docker" / "example.env").read_text()
    names = set(re.findall(r"^(\w+)=", example, re.MULTILINE))

    assert names == names_required() | COMPOSE_ALONE | MUST_BE_SAID
