"""`pytest tests/clouds/conformance --vendor NAME`: what every adapter must do, on the wire."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from apps.clouds.adapters import sandbox
from apps.clouds.adapters.base import CloudAdapter, Credentials
from simulators import cloud
from simulators.keys import CLOUD_ACCESS_KEYS


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--vendor", default="sandbox", help="the cloud whose adapter is examined")


@dataclass
class Rig:
    """An adapter, its simulated vendor, and how that vendor misbehaves."""

    adapter: CloudAdapter
    stranger: CloudAdapter  # the same with a wrong secret
    fail: Callable[..., None]
    sell_out: Callable[[str], None]
    advance: Callable[[float], None]
    publish: Callable[[dict[str, str]], None]  # vendor's price by SKU: the whole list


def _sandbox_rig(server: cloud.CloudServer) -> Rig:
    key, secret = next(iter(CLOUD_ACCESS_KEYS.items()))
    return Rig(
        adapter=sandbox.SandboxAdapter(Credentials(key, secret, server.url)),
        stranger=sandbox.SandboxAdapter(Credentials(key, "wrong", server.url)),
        fail=server.faults.add,
        sell_out=lambda kind: server.state.set_stock(kind, 0),
        advance=server.state.advance,
        publish=lambda prices: server.state.publish_prices(
            [{"SkuId": sku, "Price": price} for sku, price in prices.items()]
        ),
    )


RIGS = {"sandbox": (lambda: cloud.serve(boot_seconds=5), _sandbox_rig)}


@pytest.fixture
def rig(request, monkeypatch) -> Iterator[Rig]:
    vendor = request.config.getoption("--vendor", default="sandbox")
    if vendor not in RIGS:
        pytest.fail(f"There is no rig for {vendor}: add it to tests/clouds/conformance/conftest.py")
    monkeypatch.setattr(sandbox, "TIMEOUT", (1.0, 0.5))
    serve, build = RIGS[vendor]
    server = serve()
    server.state.set_clock(datetime(2026, 11, 15, 6, 30, tzinfo=UTC))
    yield build(server)
    server.stop()
