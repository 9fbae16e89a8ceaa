"""Where a customer's cash came from, and which spend consumed it."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.billing.enums import LotKind
from apps.billing.models.ledger import Entry
from apps.billing.models.recharges import Recharge
from apps.core.money import MoneyField
from apps.rbac.scoping import ScopedQuerySet


class LotQuerySet(ScopedQuerySet["Lot"]):
    tenant_path = "customer__tenant"


class Lot(models.Model):
    """Cash that came in at one time. `remaining` is a projection of its uses."""

    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        db_index=False,  # the index below begins with it
        related_name="lots",
        verbose_name=_("customer"),
    )
    kind = models.CharField(_("kind"), max_length=16, choices=LotKind)
    recharge = models.OneToOneField(
        Recharge, models.PROTECT, null=True, related_name="lot", verbose_name=_("recharge")
    )
    entry = models.ForeignKey(
        Entry, models.PROTECT, related_name="lots", verbose_name=_("ledger entry")
    )
    amount = MoneyField(_("amount"))
    remaining = MoneyField(_("remaining"))

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ("pk",)
        indexes = [models.Index(fields=["customer", "remaining"], name="lot_open_of_customer")]
        constraints = [
            models.CheckConstraint(name="lot_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="lot_remaining_within_amount",
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("amount")),
            ),
        ]

    def __str__(self) -> str:
        return f"L{self.pk:010d}"


class LotUseQuerySet(ScopedQuerySet["LotUse"]):
    tenant_path = "lot__customer__tenant"
    customer_path = "lot__customer"
    owner_path = "lot__customer__owner"


class LotUse(models.Model):
    """What an entry took from a lot (positive) or gave back to it (negative)."""

    lot = models.ForeignKey(Lot, models.PROTECT, related_name="uses", verbose_name=_("lot"))
    entry = models.ForeignKey(
        Entry, models.PROTECT, related_name="lot_uses", verbose_name=_("ledger entry")
    )
    amount = MoneyField(_("amount"))

    objects = LotUseQuerySet.as_manager()

    class Meta:
        verbose_name = _("use of a lot")
        verbose_name_plural = _("uses of lots")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(name="lotuse_amount_not_zero", condition=~Q(amount=0)),
        ]

    def __str__(self) -> str:
        return f"{self.lot_id}: {self.amount}"
