"""The searched copy of the catalogue, brought up to date."""

from datetime import datetime

from django.utils import timezone

from apps.products.models import Product
from apps.products.services import refresh_shelf


def on_the_shelf(now: datetime | None = None) -> None:
    """What factories made is found by searches."""
    ids = list(Product.objects.values_list("pk", flat=True))
    refresh_shelf(product_ids=ids, now=now or timezone.now())
