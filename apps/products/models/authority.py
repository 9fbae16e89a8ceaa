"""How far sales may go by themselves, and what they gave."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.core.money import MoneyField, RateField
from apps.products.enums import DiscountScope
from apps.products.models.catalogue import Product, Sku
from apps.products.models.quotes import Quote
from apps.products.models.targets import ProductTarget
from apps.products.pricing import Scope, Subject
from apps.rbac.scoping import ScopedQuerySet

SCOPES = [DiscountScope.ALL, DiscountScope.VENDOR, DiscountScope.CATEGORY, DiscountScope.PRODUCT]
COLUMNS = ("product", "category", "vendor")


def _target_fits() -> Q:
    fits = Q()
    for scope in SCOPES:
        fits |= Q(scope=scope, **{f"{name}__isnull": name != scope for name in COLUMNS})
    return fits


class DiscountAuthorityQuerySet(ScopedQuerySet["DiscountAuthority"]):
    customer_path = None
    owner_path = None


class DiscountAuthority(ProductTarget):
    """What the holders of a role may give by hand: role × product × margin (PRC-6)."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    role = models.ForeignKey("rbac.Role", models.PROTECT, related_name="+", verbose_name=_("role"))
    scope = models.CharField(
        _("scope"),
        max_length=16,
        choices=[(scope.value, scope.label) for scope in SCOPES],
        default=DiscountScope.ALL,
    )
    lowest_rate = RateField(
        _("lowest rate"),
        help_text=_("0.85 means: a line may go down to 85 % of the list price, no further."),
    )
    min_margin = RateField(
        _("minimum margin"),
        null=True,
        blank=True,
        help_text=_("0.05 means: at least 5 % above the cost must be left."),
    )
    most_off = MoneyField(
        _("most in 30 days"),
        null=True,
        blank=True,
        help_text=_("What may be given a customer on one product within 30 days, in yuan."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = DiscountAuthorityQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("discount authority")
        verbose_name_plural = _("discount authorities")
        ordering = ("role", "pk")
        constraints = [
            models.CheckConstraint(
                condition=Q(lowest_rate__gte=0, lowest_rate__lte=1),
                name="discountauthority_rate_is_a_share",
                violation_error_message=_("A rate lies between 0 and 1."),
            ),
            models.CheckConstraint(
                condition=(Q(min_margin__isnull=True) | Q(min_margin__gte=0))
                & (Q(most_off__isnull=True) | Q(most_off__gte=0)),
                name="discountauthority_limits_not_negative",
                violation_error_message=_("Limits are not negative."),
            ),
            models.CheckConstraint(
                condition=_target_fits(),
                name="discountauthority_target_fits_scope",
                violation_error_message=_("Fill the one field that the scope names, no other."),
            ),
        ]
        indexes = [models.Index(fields=["tenant", "role"], name="discountauthority_of_role")]

    def __str__(self) -> str:
        return f"{self.role} · {self.target or self.get_scope_display()}"

    def covers(self, subject: Subject) -> bool:
        keys = (self.product_id, self.category_id, self.vendor_id)
        target = next((key for key in keys if key is not None), None)
        return subject.target(Scope(self.scope)) == target


class ManualDiscountQuerySet(ScopedQuerySet["ManualDiscount"]):
    pass


class ManualDiscount(models.Model):
    """What sales took off one line of a quote by hand. Written once."""

    tenant = models.ForeignKey(
        "rbac.Tenant", models.PROTECT, related_name="+", verbose_name=_("tenant")
    )
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        related_name="manual_discounts",
        verbose_name=_("customer"),
    )
    quote = models.ForeignKey(
        Quote, models.PROTECT, related_name="manual_discounts", verbose_name=_("quote")
    )
    sku = models.ForeignKey(Sku, models.PROTECT, related_name="+", verbose_name=_("SKU"))
    product = models.ForeignKey(
        Product, models.PROTECT, related_name="+", verbose_name=_("product")
    )
    list_amount = MoneyField(_("list amount"))
    before = MoneyField(_("before"))
    amount = MoneyField(_("amount"))
    off = MoneyField(_("taken off"))
    reason = models.CharField(_("reason"), max_length=300)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("given by")
    )
    given_at = models.DateTimeField(_("given at"))

    objects = ManualDiscountQuerySet.as_manager()

    class Meta:
        verbose_name = _("discount by hand")
        verbose_name_plural = _("discounts by hand")
        ordering = ("-pk",)
        permissions = [("give_discount", _("Can give discounts by hand"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, amount__lte=F("before"), off__gte=0),
                name="manualdiscount_takes_off",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "product", "given_at"], name="manualdiscount_of_deal")
        ]

    def __str__(self) -> str:
        return f"{self.quote} {self.sku}"
