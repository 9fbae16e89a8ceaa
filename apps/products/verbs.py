"""Names of the acts that this app writes into the audit log; moves of states name themselves."""

from django.utils.translation import gettext_lazy as _

VERBS = {
    "quote.created": _("Made a quote"),
    "price.set": _("Set a price"),
    "catalogueimport.started": _("Imported a sheet"),
    "price.proposed": _("Proposed a price"),
    "price.list_received": _("Received a vendor's price list"),
    "discount.granted": _("Granted a discount"),
    "discount.ended": _("Ended a discount"),
    "product.grey_changed": _("Changed a grey release"),
    "sku.specification_changed": _("Changed a specification"),
    "supplier.account_added": _("Added a supplier's bank account"),
    "supplier.account_closed": _("Closed a supplier's bank account"),
    "supplier.contact_added": _("Added a supplier's contact"),
    "supplier.contact_changed": _("Changed a supplier's contact"),
    "supplier.phone_revealed": _("Looked at a supplier's phone number"),
    "supplier.account_revealed": _("Looked at a supplier's account number"),
    "sku.stock_set": _("Set the stock"),
    "promotion.launched": _("Put a promotion live"),
    "voucherbatch.codes_made": _("Made voucher codes"),
    "voucherbatch.handed_out": _("Started to hand out vouchers"),
    "priceagreement.opened": _("Began a price agreement"),
    "priceagreement.revised": _("Began a new version"),
    "priceagreement.file_kept": _("Put the signed file to it"),
    "ruledryrun.started": _("Tried rules on past orders"),
    "manualdiscount.given": _("Gave a discount by hand"),
    "pricelist.approved": _("Published a price list by an approval"),
    "supplierterm.agreed": _("Agreed on what a distributor pays"),
}
