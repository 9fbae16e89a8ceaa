"""What approvals need from an app above: it registers here when it starts."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.rbac.models import User

type CustomersOf = Callable[["User"], list[int]]

_customers_of: list[CustomersOf] = []


def register_customers(customers_of: CustomersOf) -> None:
    """Name the function that knows of which customers a portal user is a member."""
    _customers_of[:] = [customers_of]


def customers_of(user: "User") -> list[int]:
    """The ids of the customers of which `user` is a member; none if no app knows."""
    return _customers_of[0](user) if _customers_of else []
