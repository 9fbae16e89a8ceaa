from pathlib import Path

import pytest
import requests

from simulators import SimulatorsAreForbidden, alipay, cloud, dingtalk, mailbox, sandbox
from simulators.keys import ensure_keys

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.parametrize("environment", ["production", None, "staging"])
def test_nothing_starts_in_production(tmp_path, monkeypatch, environment):
    keys = ensure_keys(tmp_path / "keys")
    if environment is None:
        monkeypatch.delenv("KBOSS_ENVIRONMENT")
    else:
        monkeypatch.setenv("KBOSS_ENVIRONMENT", environment)
    starts = (
        lambda: cloud.serve(secrets={}),
        lambda: alipay.serve(keys=keys),
        lambda: mailbox.serve(access_keys={}),
        lambda: dingtalk.serve(),
        lambda: sandbox.serve(tmp_path / "new", {}),
        lambda: ensure_keys(tmp_path / "new"),
    )

    for start in starts:
        with pytest.raises(SimulatorsAreForbidden):
            start()
    assert not (tmp_path / "new").exists()


def test_the_sandbox_starts_everything_on_loopback_with_the_same_keys(tmp_path):
    first = sandbox.serve(tmp_path, {})
    urls = first.urls
    pages = [
        requests.get(urls[name], timeout=5).status_code
        for name in ("mailbox", "dingtalk", "alipay")
    ]
    first.stop()
    keys = {path.name: path.read_bytes() for path in tmp_path.glob("*.pem")}
    second = sandbox.serve(tmp_path, {})
    second.stop()

    assert set(urls) == {"cloud", "alipay", "sms", "mailbox", "smtp", "dingtalk"}
    assert all("127.0.0.1:" in url for url in urls.values())
    assert pages == [200, 200, 404]
    assert {path.name: path.read_bytes() for path in tmp_path.glob("*.pem")} == keys
    assert oct((tmp_path / "alipay_private.pem").stat().st_mode)[-3:] == "600"


def test_the_production_image_has_no_simulators():
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text()
    copied = [line for line in dockerfile.splitlines() if line.startswith("COPY")]

    assert not [line for line in copied if "simulators" in line or line.split()[-2] == "."]


def test_only_the_sandbox_knows_the_simulators():
    users = {
        path.relative_to(ROOT).parts[:2]
        for folder in ("apps", "kboss")
        for path in (ROOT / folder).rglob("*.py")
        if "from simulators" in path.read_text() or "import simulators" in path.read_text()
    }

    assert users <= {("kboss", "embedded.py"), ("kboss", "demo")}
