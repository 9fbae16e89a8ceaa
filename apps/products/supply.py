"""Words of the catalogue's reference data, and who may read and write it: a leaf, as enums.py."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class SettlementMethod(TextChoices):
    PREPAID = "prepaid", _("Paid in advance")
    PER_ORDER = "per_order", _("Paid with each order")
    MONTHLY_BILL = "monthly_bill", _("Paid by bill")


class SettlementCycle(TextChoices):
    ORDER = "order", _("Each order")
    MONTH = "month", _("Each month")
    QUARTER = "quarter", _("Each quarter")
    YEAR = "year", _("Each year")


class SupplierPerm(TextChoices):
    VIEW = "products.view_supplier", _("view suppliers")
    ADD = "products.add_supplier", _("add suppliers")
    CHANGE = "products.change_supplier", _("edit suppliers")
    SET_ACCOUNT = "products.change_supplieraccount", _("edit bank accounts of suppliers")
    REVEAL = "products.reveal_account", _("see whole account numbers of suppliers")
    ADD_CONTACT = "products.add_suppliercontact", _("add contacts of suppliers")
    CHANGE_CONTACT = "products.change_suppliercontact", _("edit contacts of suppliers")
    REVEAL_PHONE = "products.reveal_suppliercontact", _("see whole phone numbers of suppliers")


def _acts(models: tuple[str, ...], *acts: str) -> list[str]:
    return [f"products.{act}_{name}" for act in acts for name in models]


_REFERENCE = ("taxclass", "taxrate", "cloudregion", "zone", "addon")
_AUDIENCE = ("productinvitation", "greyrelease")
_SUPPLIERS = ("supplier", "suppliercontact")
_SHELF = _acts(_REFERENCE, "view")
_INSIDE = [
    *_SHELF,
    *_acts((*_AUDIENCE, *_SUPPLIERS, "supplieraccount", "skuversion"), "view"),
]

# Operations run the catalogue and know the suppliers; finance alone writes where money goes.
GRANTS: dict[str, list[str]] = {
    "administrator": _INSIDE,
    "operations": [
        *_INSIDE,
        *_acts((*_REFERENCE, *_AUDIENCE, *_SUPPLIERS), "add", "change"),
        *_acts(("productinvitation", "addon", "suppliercontact"), "delete"),
        SupplierPerm.REVEAL_PHONE.value,
    ],
    "finance": [
        *_INSIDE,
        *_acts(("taxclass", "taxrate"), "add", "change"),
        "products.add_supplieraccount",
        SupplierPerm.SET_ACCOUNT.value,
        SupplierPerm.REVEAL.value,
        SupplierPerm.REVEAL_PHONE.value,
    ],
    "auditor": _INSIDE,
    "sales": _SHELF,
    "sales-manager": [*_SHELF, *_acts((*_AUDIENCE, "supplier"), "view")],
    "support": _SHELF,
    "portal-owner": _SHELF,
    "portal-technician": _SHELF,
    "portal-finance": _SHELF,
}
