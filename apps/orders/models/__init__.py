from apps.orders.models.orders import Order, OrderLine
from apps.orders.models.sagas import Saga, SagaStep

__all__ = ["Order", "OrderLine", "Saga", "SagaStep"]
