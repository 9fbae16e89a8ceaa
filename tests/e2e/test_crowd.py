"""More visitors at once than the database has connections to give away for good."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.e2e.caller import Customer

pytestmark = pytest.mark.e2e


def test_everybody_in_a_crowd_is_served(site):
    cookies = Customer(site).session.cookies

    def look(_: int) -> int:
        return requests.get(f"{site.url}/api/v1/me/", cookies=cookies, timeout=60).status_code

    with ThreadPoolExecutor(64) as crowd:
        answers = list(crowd.map(look, range(320)))

    assert answers == [200] * 320
