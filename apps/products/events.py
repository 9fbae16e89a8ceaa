from dataclasses import dataclass

from apps.core.events import Event


@dataclass(frozen=True)
class PriceSet(Event):
    price_id: int


@dataclass(frozen=True)
class ProductPublished(Event):
    product_id: int


@dataclass(frozen=True)
class ProductSalesStopped(Event):
    product_id: int


@dataclass(frozen=True)
class ProductRetired(Event):
    product_id: int
