"""Makes a clone ready to run or to develop, and does nothing twice.

    python scripts/bootstrap.py run [--port 8000]     what `make run` does
    python scripts/bootstrap.py dev [--portal]        the environment of tests and linters

Needs Python >= 3.12 alone. Each step leaves a stamp with a digest of its input; a second start
reads the stamps and goes on.
"""

import argparse
import base64
import hashlib
import os
import secrets
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
FRONTEND = ROOT / "frontend"
STAMPS = ROOT / "var" / "stamps"
LEAST_NODE = (20, 19)
# What tests and linters run beside Python packages, and the Debian packages that bring it.
PROGRAMS = {"chromium": ("chromium", "fonts-noto-cjk"), "xgettext": ("gettext",)}


class SetupFailed(Exception):
    """Says in one line what is missing and how to get it."""


# --- steps ---------------------------------------------------------------------------------------


def make_venv() -> None:
    if _succeeds([PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 12))"]):
        return
    with _step("Creating the Python environment in .venv"):
        try:
            venv.create(VENV, clear=True, with_pip=True, symlinks=True)
        except (OSError, subprocess.CalledProcessError) as error:
            shutil.rmtree(VENV, ignore_errors=True)
            raise SetupFailed(
                f"{sys.executable} cannot create a virtual environment: install its venv module "
                "(Debian, Ubuntu: apt-get install python3-venv)."
            ) from error


def install(layer: str) -> None:
    """Install one locked layer of requirements; `dev` contains `embedded`."""
    layers = [layer] if layer == "dev" else [layer, "dev"]
    if any(_is_current(f"requirements-{name}", _requirements_digest(name)) for name in layers):
        return
    if layer == "dev":
        _install_mariadb_headers()
    with _step(f"Installing requirements/{layer}.txt"):
        _pip_install(f"requirements/{layer}.txt")
    _stamp(f"requirements-{layer}", _requirements_digest(layer))


def _requirements_digest(layer: str) -> str:
    """Bound to this environment: a new .venv starts without stamps that count."""
    return _digest([ROOT / "requirements" / f"{layer}.txt", VENV / "pyvenv.cfg"])


def _pip_install(requirements: str) -> None:
    """uv installs in seconds what takes pip minutes; pip is what every machine has."""
    pip: list[str | Path] = [PYTHON, "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--require-hashes", "-r"]
    uv = VENV / "bin" / "uv"
    if uv.exists() or _succeeds([*pip, "requirements/installer.txt"]):
        command: list[str | Path] = [
            uv,
            "pip",
            "install",
            "--quiet",
            "--system-certs",
            "--python",
            PYTHON,
        ]
        if _succeeds([*command, "--require-hashes", "-r", requirements]):
            return
    _run([*pip, requirements])


def _install_mariadb_headers() -> None:
    """mysqlclient is built from source, against the headers of MariaDB."""
    if any(_succeeds(["pkg-config", "--exists", name]) for name in ("mysqlclient", "libmariadb")):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise SetupFailed(
            "The MariaDB headers are missing: install them and a C compiler "
            "(Debian, Ubuntu: apt-get install gcc pkg-config libmariadb-dev)."
        )
    with _step("Installing the MariaDB headers"):
        _apt_install("gcc", "libc6-dev", "pkg-config", "libmariadb-dev")


def install_programs() -> None:
    """Where they can't be installed, what needs them says so itself."""
    packages = [p for name in PROGRAMS if not shutil.which(name) for p in PROGRAMS[name]]
    if packages and os.geteuid() == 0 and shutil.which("apt-get"):
        with _step(f"Installing {', '.join(packages)}"):
            _apt_install(*packages)


def build_portal() -> None:
    if not (FRONTEND / "package.json").exists():
        return
    install_node_packages()
    sources = _digest(_files_below(FRONTEND, without={"node_modules", "dist"}))
    if (FRONTEND / "dist" / "index.html").exists() and _is_current("portal", sources):
        return
    with _step("Building the portal"):
        _run(["npm", "run", "--silent", "build"], folder=FRONTEND)
    _stamp("portal", sources)


def install_node_packages() -> None:
    lock = _digest([FRONTEND / "package-lock.json", FRONTEND / "package.json"])
    if (FRONTEND / "node_modules").is_dir() and _is_current("node-modules", lock):
        return
    _provide_node()
    with _step("Installing the portal's packages"):
        _run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], folder=FRONTEND)
    _stamp("node-modules", lock)


def _provide_node() -> None:
    """The machine's Node when it is new enough, else the one that comes as a Python wheel."""
    if _node_version() >= LEAST_NODE and _succeeds(["npm", "--version"]):
        return
    with _step("Installing Node.js into .venv"):
        _pip_install("requirements/node.txt")


def _node_version() -> tuple[int, ...]:
    command = ["node", "--version"]
    try:
        done = subprocess.run(
            command, env=_environment(), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ()
    return tuple(int(part) for part in done.stdout.strip().lstrip("v").split(".")[:2])


def write_env_file() -> None:
    """Secrets of this installation alone; kept, or the data encrypted with them is lost."""
    path = ROOT / ".env"
    if path.exists():
        return
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    path.touch(mode=0o600)
    path.write_text(
        "# Made by `make run` for the sandbox on this machine. All settings: docs/settings.md\n"
        "KBOSS_ENVIRONMENT=sandbox\n"
        f"KBOSS_SECRET_KEY={secrets.token_urlsafe(48)}\n"
        f"KBOSS_KEYS=k1:{key}\n"
    )


def compile_messages() -> None:
    catalogs = [*ROOT.glob("apps/*/locale/*/LC_MESSAGES/*.po"), *ROOT.glob("locale/*/*/*.po")]
    stale = [po for po in catalogs if not _is_newer(po.with_suffix(".mo"), po)]
    if stale:
        with _step("Compiling translations"):
            _run([PYTHON, "scripts/messages.py", "compile"])


# --- what make calls -----------------------------------------------------------------------------


def run(port: int) -> None:
    make_venv()
    install("embedded")
    build_portal()
    write_env_file()
    compile_messages()
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", "kboss.embedded", "--port", str(port)])  # noqa: S606


def dev(with_portal: bool) -> None:
    make_venv()
    install("dev")
    compile_messages()
    if with_portal:
        build_portal()
        install_programs()


# --- small things --------------------------------------------------------------------------------


@contextmanager
def _step(title: str) -> Iterator[None]:
    print(f"• {title} …", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


def _environment() -> dict[str, str]:
    """Programs of .venv come first; npm finds the same Node that we chose."""
    path = os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", "")])
    return {**os.environ, "PATH": path, "VIRTUAL_ENV": str(VENV)}


def _run(command: list[str | Path], folder: Path = ROOT) -> None:
    done = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = " ".join(str(part) for part in command)
        raise SetupFailed(f"`{words}` failed:\n{(done.stdout + done.stderr).strip()[-3000:]}")


def _succeeds(command: list[str | Path]) -> bool:
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=_environment(), capture_output=True, check=False
        )
    except OSError:
        return False
    return done.returncode == 0


def _apt_install(*packages: str) -> None:
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    _run(["apt-get", "update", "-qq"])
    _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages])


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in paths if path.is_file()):
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files_below(folder: Path, without: set[str]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in without]
        yield from (Path(parent) / name for name in names)


def _is_newer(made: Path, source: Path) -> bool:
    return made.exists() and made.stat().st_mtime >= source.stat().st_mtime


def _is_current(name: str, digest: str) -> bool:
    stamp = STAMPS / name
    return stamp.exists() and stamp.read_text() == digest


def _stamp(name: str, digest: str) -> None:
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(digest)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run").add_argument("--port", type=int, default=8000)
    commands.add_parser("dev").add_argument("--portal", action="store_true")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments.port)
    else:
        dev(arguments.portal)


if __name__ == "__main__":
    try:
        main()
    except SetupFailed as failure:
        sys.exit(f"\n{failure}")
    except KeyboardInterrupt:
        sys.exit(130)
