from django.conf import settings


def whole_link(*, link: str) -> str:
    """A path of the portal or the admin as an address; "" stays it. Trusted: no row is read."""
    return f"{settings.PUBLIC_URL}{link}" if link else ""
