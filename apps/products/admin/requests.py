"""Requests for approval that begin on the catalogue's pages."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.approvals.requestadmin import Request, RequestForm
from apps.core.modeladmin import scoped
from apps.customers.models import Customer
from apps.products import services
from apps.products.enums import DiscountScope, ProductPerm, ProductStatus
from apps.products.errors import ProductIsNotDraft
from apps.products.models import Category, CustomerDiscount, Product, Vendor
from apps.rbac.models import Tenant

SCOPES = [
    (scope.value, scope.label)
    for scope in (
        DiscountScope.ALL,
        DiscountScope.VENDOR,
        DiscountScope.CATEGORY,
        DiscountScope.PRODUCT,
    )
]


class DiscountForm(RequestForm):
    customer = forms.ModelChoiceField(Customer.objects.none(), label=gettext_lazy("Customer"))
    name = forms.CharField(
        label=gettext_lazy("Name of the discount"),
        max_length=100,
        help_text=gettext_lazy("Customers see it."),
    )
    percent = forms.DecimalField(
        label=gettext_lazy("Customer pays (%)"),
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
        help_text=gettext_lazy("85 means 15 off a list price of 100."),
    )
    scope = forms.ChoiceField(label=gettext_lazy("Covers"), choices=SCOPES)
    vendor = forms.ModelChoiceField(
        Vendor.objects.none(), label=gettext_lazy("vendor"), required=False
    )
    category = forms.ModelChoiceField(
        Category.objects.none(), label=gettext_lazy("category"), required=False
    )
    product = forms.ModelChoiceField(
        Product.objects.none(), label=gettext_lazy("product"), required=False
    )
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), initial=timezone.localdate)
    valid_until = forms.DateField(label=gettext_lazy("Valid until"), required=False)

    def prepare(self) -> None:
        for name in ("customer", "vendor", "category", "product"):
            self.search(name, CustomerDiscount._meta.get_field(name))

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        targets = {name: values.pop(name, None) for name in ("vendor", "category", "product")}
        values["target"] = targets.get(values.get("scope", ""))
        return values


class SpecialDiscountForm(DiscountForm):
    def prepare(self) -> None:
        super().prepare()
        self.fields["valid_until"].required = True


class DistributorForm(RequestForm):
    distributor = forms.ModelChoiceField(Tenant.objects.none(), label=gettext_lazy("Distributor"))
    percent = forms.DecimalField(
        label=gettext_lazy("Buys at (percent of the list price)"),
        min_value=0,
        max_value=100,
        max_digits=7,
        decimal_places=4,
    )
    valid_from = forms.DateField(label=gettext_lazy("Valid from"), initial=timezone.localdate)

    def prepare(self) -> None:
        tenants = scoped(Tenant, self.request).exclude(pk=self.request.user.tenant_id)
        self.fields["distributor"].queryset = tenants


class ListingForm(RequestForm):
    grey_percent = forms.IntegerField(
        label=gettext_lazy("Grey release: percent of customers"),
        min_value=0,
        max_value=100,
        required=False,
        help_text=gettext_lazy("Empty: for all customers at once. 0: for those on the list alone."),
    )


def _not_a_draft(product: Product) -> str:
    if product.status != ProductStatus.DRAFT:
        return str(ProductIsNotDraft(product=product, status=product.get_status_display()))
    return ""


LISTING = Request(
    "listing",
    gettext_lazy("Request a review"),
    ListingForm,
    services.request_listing,
    permission=ProductPerm.REQUEST_LISTING,
    arg="product",
    problem=_not_a_draft,
    intro=gettext_lazy("Once it is agreed to, the product goes on sale by itself."),
)
DISCOUNTS = (
    Request(
        "customer-pricing",
        gettext_lazy("Request prices of a customer"),
        DiscountForm,
        services.request_customer_pricing,
        permission=ProductPerm.REQUEST_PRICING,
    ),
    Request(
        "special-discount",
        gettext_lazy("Request a special discount"),
        SpecialDiscountForm,
        services.request_special_discount,
        permission=ProductPerm.REQUEST_PRICING,
    ),
    Request(
        "distributor-pricing",
        gettext_lazy("Request prices of a distributor"),
        DistributorForm,
        services.request_distributor_pricing,
        permission=ProductPerm.REQUEST_PRICING,
    ),
)
