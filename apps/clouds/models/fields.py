from decimal import Decimal
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from apps.core.money import PreciseField


class VendorAmountField(PreciseField):
    """
    Twelve decimals that survive every database.

    SQLite has no decimal type: it would store a floating number of 15 digits. Text keeps all of
    them there; sums are taken by `selectors.bills`, exactly, on both databases.
    """

    def get_internal_type(self) -> str:
        return "VendorAmountField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        if connection.vendor == "sqlite":
            return "text"
        return f"numeric({self.max_digits}, {self.decimal_places})"

    def from_db_value(self, value: object, *_: Any) -> Decimal | None:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))
