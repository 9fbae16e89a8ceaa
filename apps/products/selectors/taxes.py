from datetime import datetime
from decimal import Decimal

from apps.products.models import Product, TaxRate


def tax_rate_at(*, product: Product, at: datetime) -> Decimal:
    """The rate that sales of a product are taxed with at a moment: that of its tax class, else
    its own."""
    rates = TaxRate.objects.filter(tax_class=product.tax_class_id, valid_from__lte=at)
    found = rates.order_by("-valid_from").values_list("rate", flat=True).first()
    return product.tax_rate if found is None else found
