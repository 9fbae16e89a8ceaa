from apps.orders.services.holding import abandon_order, resume_order
from apps.orders.services.orders import cancel_order, cancel_unpaid, pay_order, place_order
from apps.orders.services.sagas import free_leases, run_due_sagas, run_saga

__all__ = [
    "abandon_order",
    "cancel_order",
    "cancel_unpaid",
    "free_leases",
    "pay_order",
    "place_order",
    "resume_order",
    "run_due_sagas",
    "run_saga",
]
