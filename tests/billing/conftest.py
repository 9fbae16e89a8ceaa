import pytest

from apps.billing import selectors
from simulators.keys import ensure_keys


@pytest.fixture(scope="session")
def sandbox_keys(tmp_path_factory):
    """Key pairs of the application and of the sandbox Alipay."""
    return ensure_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def alipay(settings, sandbox_keys):
    """Alipay is configured, with keys that are the tests' own."""
    settings.ALIPAY = {
        **settings.ALIPAY,
        "url": "http://127.0.0.1:1/gateway.do",
        "app_private_key": str(sandbox_keys.app_private),
        "alipay_public_key": str(sandbox_keys.alipay_public),
    }
    return sandbox_keys


@pytest.fixture
def books_agree():
    """After the test, everything that is derived from the ledger equals the ledger."""
    yield
    assert [str(finding) for finding in selectors.verify_ledger().findings] == []
