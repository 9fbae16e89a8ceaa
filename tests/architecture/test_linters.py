"""The linters are switched on for what the house style leaves to them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent

PLANTED_STYLE = {
    "BLE001": "try:\n    x = 1\nexcept Exception:\n    x = 2\n",
    "ANN201": "def pay(*, bill):\n    return bill\n",
    "PLC0415": "def pay() -> None:\n    import json\n",
    "TID252": "from . import models\n",
    "F403": "from apps.billing.models import *\n",
    "DTZ005": "import datetime\n\nnow = datetime.datetime.now()\n",
    "T201": "print(1)\n",
    "C901": "def f(*, x: int) -> None:\n" + "    if x:\n        x = 1\n" * 9,
}
# The contract that a planted import breaks: file, its one line, words of the contract's name.
PLANTED_IMPORTS = [
    ("apps/billing/services.py", "import apps.orders.services", "Apps form one stack"),
    ("apps/sales/services.py", "import apps.support.services", "Apps form one stack"),
    ("apps/newcomer/services.py", "", "Apps form one stack"),
    ("apps/billing/services.py", "import apps.billing.tasks", "Inside an app"),
    ("apps/billing/selectors.py", "import apps.billing.services", "Inside an app"),
    ("apps/billing/services.py", "import celery", "neither HTTP nor Celery"),
    ("apps/billing/models.py", "import rest_framework", "neither HTTP nor Celery"),
    ("apps/orders/services.py", "import apps.billing.tasks", "doors are its own"),
    ("apps/billing/services.py", "import kboss.settings", "Nothing imports the project"),
]
APPS = [
    *("insights", "sales", "rentals", "support", "ops", "orders", "clouds", "billing"),
    *("products", "customers", "approvals", "notifications", "rbac", "core"),
]


@pytest.mark.parametrize("code", PLANTED_STYLE)
def test_ruff_sees(code):
    done = subprocess.run(
        [PROGRAMS / "ruff", "check", "--stdin-filename", "apps/billing/services.py", "-"],
        input=PLANTED_STYLE[code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert code in done.stdout


@pytest.mark.parametrize(("path", "line", "contract"), PLANTED_IMPORTS)
def test_import_linter_sees(tmp_path, path, line, contract):
    _plant_skeleton(tmp_path)
    target = tmp_path / path
    target.parent.mkdir(exist_ok=True)
    (target.parent / "__init__.py").touch()
    target.write_text(f"{line}\n")

    done = _lint_imports(tmp_path)

    assert done.returncode == 1
    assert any(contract in row and "BROKEN" in row for row in done.stdout.splitlines())


def test_import_linter_is_content_with_the_skeleton(tmp_path):
    _plant_skeleton(tmp_path)

    assert _lint_imports(tmp_path).returncode == 0


def _plant_skeleton(folder: Path) -> None:
    shutil.copy(ROOT / "setup.cfg", folder)
    for app in APPS:
        (folder / "apps" / app).mkdir(parents=True)
        for name in ("__init__", "services", "tasks", "models", "selectors"):
            (folder / "apps" / app / f"{name}.py").touch()
    (folder / "apps" / "__init__.py").touch()
    (folder / "kboss").mkdir()
    (folder / "kboss" / "__init__.py").touch()
    (folder / "kboss" / "settings.py").touch()


def _lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROGRAMS / "lint-imports", "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
