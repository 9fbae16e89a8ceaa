"""Which adapter serves which driver, and where it may connect to."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings

from apps.clouds.adapters.base import CloudAdapter, Credentials
from apps.clouds.adapters.sandbox import SandboxAdapter
from apps.clouds.enums import Driver
from apps.clouds.errors import DriverIsForbidden, EndpointIsForbidden

ADAPTERS: dict[str, Callable[[Credentials], CloudAdapter]] = {Driver.SANDBOX: SandboxAdapter}


def adapter_for(
    driver: str, *, access_key_id: str, secret: str, endpoint: str = ""
) -> CloudAdapter:
    """
    The adapter of a driver.

    :raises DriverIsForbidden: an unknown driver, and the sandbox in production
    :raises EndpointIsForbidden: an address that is not one of this cloud's
    """
    if driver not in ADAPTERS or (driver == Driver.SANDBOX and not settings.IS_SANDBOX):
        raise DriverIsForbidden(driver=driver)
    return ADAPTERS[driver](Credentials(access_key_id, secret, allowed_endpoint(driver, endpoint)))


def allowed_endpoint(driver: str, endpoint: str) -> str:
    """
    The cloud's usual address, or the given one when it is the cloud's.

    Staff type it, and the server connects to it: anything else could reach our own network.
    :raises EndpointIsForbidden: for any other address
    """
    usual = settings.SANDBOX_URLS["cloud"]
    if not endpoint:
        return usual
    asked, known = urlsplit(endpoint), urlsplit(usual)
    is_bare = not (asked.username or asked.query or asked.fragment or asked.path.strip("/"))
    if (asked.scheme, asked.netloc) != (known.scheme, known.netloc) or not is_bare:
        raise EndpointIsForbidden(driver=driver)
    return usual
