"""What the seller pays: terms of suppliers, and of the tenant above."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import RateField
from apps.products.agreement_enums import TermKind
from apps.products.enums import DiscountScope
from apps.products.models.rule_constraints import target_matches_scope
from apps.products.models.suppliers import Supplier
from apps.products.models.targets import SkuTarget
from apps.rbac.scoping import ScopedQuerySet


class SupplierTermQuerySet(ScopedQuerySet["SupplierTerm"]):
    customer_path = None
    owner_path = None


class SupplierTerm(SkuTarget):
    """A share of what the vendor charges that comes back, or what a distributor pays above him.

    It holds for the seller `tenant` alone, and nobody below him sees it.
    """

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="supplier_terms", verbose_name=_("tenant")
    )
    supplier = models.ForeignKey(
        Supplier,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="terms",
        verbose_name=_("supplier"),
        help_text=_("Whose term it is. What a distributor pays the level above has none."),
    )
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=16, choices=TermKind, default=TermKind.REBATE)
    rate = RateField(
        _("rate"),
        help_text=_("0.08 means: 8 % come back. Of a purchase price: the share that is paid."),
    )
    scope = models.CharField(
        _("scope"), max_length=16, choices=DiscountScope, default=DiscountScope.VENDOR
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = SupplierTermQuerySet.as_manager()
    history = history(secret=["rate"])  # whoever may see the history may not see the cost

    class Meta:
        verbose_name = _("supplier's term")
        verbose_name_plural = _("suppliers' terms")
        ordering = ("tenant", "-valid_from", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1),
                name="supplierterm_rate_is_a_share",
                violation_error_message=_("A rate lies between 0 and 1."),
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="supplierterm_period_not_empty",
                violation_error_message=_("The period must end after it starts."),
            ),
            models.CheckConstraint(
                condition=target_matches_scope(),
                name="supplierterm_target_fits_scope",
                violation_error_message=_("Fill the one field that the scope names, no other."),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "valid_from"], name="supplierterm_of_tenant")]

    def __str__(self) -> str:
        return self.name
