from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import ExactCharField
from apps.products.enums import RESERVATION_FLOW, ReservationStatus
from apps.products.models.catalogue import Sku
from apps.rbac.scoping import ScopedQuerySet


class StockReservationQuerySet(ScopedQuerySet["StockReservation"]):
    # The shelf is shown down the tenant tree; what others took off it is not.
    tenant_path = "sku__product__tenant"
    customer_path = None
    owner_path = None


class StockReservation(models.Model):
    """Units taken off the shelf under a key, until they are sold or put back."""

    key = ExactCharField(_("key"), max_length=200, unique=True)
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="reservations", verbose_name=_("SKU"))
    quantity = models.PositiveIntegerField(_("quantity"))
    is_counted = models.BooleanField(
        _("counted"), help_text=_("Taken from a limited stock, to which a release returns it.")
    )
    status = models.CharField(
        _("status"), max_length=16, choices=ReservationStatus, default=ReservationStatus.RESERVED
    )
    created_at = models.DateTimeField(_("reserved at"), auto_now_add=True)
    committed_at = models.DateTimeField(_("sold at"), null=True, blank=True)
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)

    objects = StockReservationQuerySet.as_manager()

    class Meta:
        verbose_name = _("stock reservation")
        verbose_name_plural = _("stock reservations")
        ordering = ("-pk",)
        constraints = [
            *RESERVATION_FLOW.constraints(
                stamps={
                    ReservationStatus.COMMITTED: "committed_at",
                    ReservationStatus.RELEASED: "released_at",
                }
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1), name="stockreservation_takes_something"
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)
