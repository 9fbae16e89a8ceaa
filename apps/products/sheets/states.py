from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class ImportStatus(TextChoices):
    UPLOADED = "uploaded", _("Being checked")
    CHECKED = "checked", _("Waiting for a yes")
    CONFIRMED = "confirmed", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    DISCARDED = "discarded", _("Discarded")


IMPORT_FLOW = Flow(
    "products.CatalogueImport",
    {
        ImportStatus.UPLOADED: {ImportStatus.CHECKED, ImportStatus.FAILED},
        ImportStatus.CHECKED: {ImportStatus.CONFIRMED, ImportStatus.DISCARDED},
        ImportStatus.CONFIRMED: {ImportStatus.DONE, ImportStatus.FAILED},
        ImportStatus.DONE: set(),
        ImportStatus.FAILED: set(),
        ImportStatus.DISCARDED: set(),
    },
)


class ImportMode(TextChoices):
    ALL = "all", _("All rows or none")
    GOOD = "good", _("The good rows alone")
