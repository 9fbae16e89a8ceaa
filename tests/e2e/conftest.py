"""Browser tests: Kboss with its jobs and simulators, a built portal, and people with browsers."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scripts.running import Running, running_kboss
from tests.e2e.cloud import SandboxCloud
from tests.e2e.windows import Window

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
PORTAL_SOURCES = ("src", "public", "index.html", "package-lock.json", "vite.config.ts")
LOCK = ROOT / "var" / "portal.lock"
PICTURES = ROOT / "var" / "e2e"  # what was on the screen when a test failed
FAILED = pytest.StashKey[bool]()
DESKTOP = {"width": 1440, "height": 900}

# Everything shares two cores: what is right comes within seconds, but not at once.
expect.set_options(timeout=20_000)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture(scope="session")
def portal() -> None:
    """frontend/dist as the sources are now; built by one worker while the others wait."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = FRONTEND / "dist" / "index.html"
        if not built.exists() or built.stat().st_mtime < _changed_at():
            _build()


def _build() -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    npm = shutil.which("npm", path=path)
    if npm is None:
        pytest.exit("npm is missing, and the portal is not built: run `make test`.", returncode=3)
    done = subprocess.run(  # noqa: S603  our own build
        [npm, "run", "--silent", "build"],
        cwd=FRONTEND,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.exit(f"The portal does not build: {done.stdout}{done.stderr}"[-3000:], returncode=3)


def _changed_at() -> float:
    found = [FRONTEND / name for name in PORTAL_SOURCES]
    found += (FRONTEND / "src").rglob("*.*")
    return max(path.stat().st_mtime for path in found if path.is_file())


@pytest.fixture(scope="session")
def site(portal, tmp_path_factory) -> Iterator[Running]:
    """Kboss on a database of its own: web server, worker, clock and simulators in one process."""
    folder = tmp_path_factory.mktemp("kboss")
    database = f"{os.environ['KBOSS_DATABASE_URL']}_e2e{os.environ.get('PYTEST_XDIST_WORKER', '')}"
    variables = {"KBOSS_DATABASE_URL": database, "KBOSS_MEDIA_ROOT": str(folder / "media")}
    with running_kboss(
        folder, str(folder), module="tests.e2e.live", variables=variables
    ) as running:
        yield running


@pytest.fixture
def cloud(site: Running) -> SandboxCloud:
    return SandboxCloud(site)


@pytest.fixture
def open_window(request, site: Running, browser: Browser) -> Iterator[Callable[..., Window]]:
    """`open_window(Buyer)` is a browser of a person's own; what goes wrong in it fails the test."""
    windows: list[Window] = []

    def opened(kind: type[Window], **options: object) -> Window:
        windows.append(kind(browser, site, **{"viewport": DESKTOP, **options}))
        return windows[-1]

    yield opened
    if request.node.stash.get(FAILED, False):
        for number, window in enumerate(windows):
            window.page.screenshot(path=PICTURES / f"{request.node.name}-{number}.png")
    complaints = [complaint for window in windows for complaint in window.complaints]
    for window in windows:
        window.context.close()
    assert complaints == []
