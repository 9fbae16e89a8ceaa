from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from simulators import cloud


@pytest.fixture
def sandbox_cloud(settings) -> Iterator[cloud.CloudServer]:
    """A fresh sandbox cloud, where the adapter finds it."""
    server = cloud.serve(boot_seconds=0)
    server.state.set_clock(datetime(2026, 11, 15, 6, 30, tzinfo=UTC))
    settings.SANDBOX_URLS = {**settings.SANDBOX_URLS, "cloud": server.url}
    yield server
    server.stop()
