"""Whom a product reaches that not everybody sees: grey releases and invitations (CAT-3)."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import history
from apps.customers.models import Customer, CustomerTag
from apps.products.models.catalogue import Product
from apps.products.models.visibility import OwnCatalogueQuerySet, bucket_of, lineage
from apps.rbac.models import Tenant


class GreyReleaseQuerySet(OwnCatalogueQuerySet["GreyRelease"]):
    pass


class GreyRelease(models.Model):
    """How far a product in grey release is let out: so many percent of all customers, and those
    on the list."""

    product = models.OneToOneField(
        Product, models.PROTECT, related_name="grey_release", verbose_name=_("product")
    )
    percent = models.PositiveSmallIntegerField(
        _("percent of customers"),
        default=0,
        help_text=_("More percent only ever add customers: nobody loses what he saw."),
    )
    customers = models.ManyToManyField(
        Customer, related_name="+", blank=True, verbose_name=_("customers on the list")
    )
    started_at = models.DateTimeField(_("started at"))

    objects = GreyReleaseQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("grey release")
        verbose_name_plural = _("grey releases")
        constraints = [
            models.CheckConstraint(condition=Q(percent__lte=100), name="greyrelease_is_a_share"),
        ]

    def __str__(self) -> str:
        return f"{self.product} {self.percent} %"

    def reaches(self, customer: Customer) -> bool:
        """Whether a customer is among the percent or on the list."""
        place = bucket_of(product_id=self.product_id, customer_id=customer.pk)
        return place < self.percent or self.customers.filter(pk=customer.pk).exists()


class ProductInvitationQuerySet(OwnCatalogueQuerySet["ProductInvitation"]):
    def reaching(self, customer: Customer) -> Self:
        """The invitations of the customer himself, of a tag of his, of his tenant's line."""
        tags = Customer.tags.through.objects.filter(customer=customer.pk).values("customertag")
        return self.filter(
            Q(customer=customer.pk) | Q(tag__in=tags) | Q(tenant__path__in=lineage(customer.tenant))
        )


INVITED = ("customer", "tag", "tenant")


def _names_one() -> Q:
    one = Q()
    for name in INVITED:
        one |= Q(**{f"{other}__isnull": other != name for other in INVITED})
    return one


class ProductInvitation(models.Model):
    """Lets a customer, all with a tag, or all of a distributor see a product by invitation."""

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="invitations", verbose_name=_("product")
    )
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer"),
    )
    tag = models.ForeignKey(
        CustomerTag,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("customer tag"),
    )
    tenant = models.ForeignKey(
        Tenant,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("distributor"),
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    objects = ProductInvitationQuerySet.as_manager()
    history = history()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=_names_one(),
                name="productinvitation_names_one",
                violation_error_message=_("Fill exactly one: customer, tag or distributor."),
            ),
            *(
                models.UniqueConstraint(
                    fields=["product", name], name=f"productinvitation_{name}_once"
                )
                for name in INVITED
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer or self.tag or self.tenant)
