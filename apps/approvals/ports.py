"""What approvals need from an app above: it registers here when it starts."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.rbac.models import User

type CustomersOf = Callable[["User"], list[int]]
type FactsOfCustomer = Callable[[int], Mapping[str, str]]

_customers_of: list[CustomersOf] = []
_facts_of_customer: list[FactsOfCustomer] = []


def register_customers(customers_of: CustomersOf) -> None:
    """Name the function that knows of which customers a portal user is a member."""
    _customers_of[:] = [customers_of]


def customers_of(user: "User") -> list[int]:
    """The ids of the customers of which `user` is a member; none if no app knows."""
    return _customers_of[0](user) if _customers_of else []


def register_customer_facts(facts_of: FactsOfCustomer) -> None:
    """Name the function that knows what flows may ask about a customer: his tier."""
    _facts_of_customer[:] = [facts_of]


def facts_of_customer(customer_id: int | None) -> Mapping[str, str]:
    """What flows may ask about the customer of a request; nothing if it has none."""
    if customer_id is None or not _facts_of_customer:
        return {}
    return _facts_of_customer[0](customer_id)
