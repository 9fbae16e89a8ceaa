"""Browser tests look at Kboss as `make run` starts it, on a database of their own."""

from collections.abc import Iterator

import pytest

from scripts.running import Running, running_kboss


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Iterator[Running]:
    with running_kboss(tmp_path_factory.mktemp("kboss")) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(site) -> str:
    """page.goto("/login") goes there."""
    return site.url
