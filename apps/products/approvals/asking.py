"""What is asked for about prices and products: customers a better price, staff every kind."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.approvals.asking import Ask, AskForm, PercentField, RowField, register
from apps.customers.asking import CustomerAskForm
from apps.products import services
from apps.products.enums import DiscountScope, ProductPerm, ProductStatus
from apps.products.models import Category, Product, Vendor
from apps.rbac.models import Tenant, User


def _row(model: Any, label: Any, **options: Any) -> RowField:
    return RowField(
        model.objects.all(),
        rows=lambda user: model.objects.visible_to(user),
        label=label,
        required=False,
        **options,
    )


class DiscountForm(CustomerAskForm):
    """Whatever the scope names is given by its id."""

    name = forms.CharField(
        label=_("Name of the discount"), max_length=100, help_text=_("Customers see it.")
    )
    percent = PercentField(
        label=_("Customer pays (%)"), help_text=_("85 means 15 off a list price of 100.")
    )
    scope = forms.ChoiceField(
        label=_("Covers"),
        choices=[
            (scope.value, scope.label) for scope in DiscountScope if scope is not DiscountScope.SKU
        ],
    )
    vendor = _row(Vendor, _("vendor"))
    category = _row(Category, _("category"))
    product = _row(Product, _("product"))
    valid_from = forms.DateField(label=_("Valid from"))
    valid_until = forms.DateField(label=_("Valid until"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        targets = {name: values.pop(name, None) for name in ("vendor", "category", "product")}
        values["target"] = targets.get(values.get("scope", ""))
        return values


class SpecialDiscountForm(DiscountForm):
    valid_until = forms.DateField(label=_("Valid until"))


class BetterPriceForm(CustomerAskForm):
    """A customer names a product or none, and what he would like to pay from today on."""

    product = _row(
        Product, _("product"), help_text=_("Leave it empty to ask for everything that we sell.")
    )
    percent = PercentField(
        label=_("You would pay (% of the list price)"),
        help_text=_("85 means 15 off a list price of 100."),
    )
    valid_until = forms.DateField(label=_("Valid until"), required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        product = values.pop("product", None)
        return {
            **values,
            "name": gettext("Agreed price"),
            "scope": DiscountScope.PRODUCT if product else DiscountScope.ALL,
            "target": product,
            "valid_from": timezone.localdate(),
        }


class DistributorForm(AskForm):
    distributor = RowField(
        Tenant.objects.all(),
        rows=lambda user: _tenants_below(user),
        label=_("Distributor"),
    )
    percent = PercentField(label=_("Buys at (percent of the list price)"))
    valid_from = forms.DateField(label=_("Valid from"))


class ListingForm(AskForm):
    product = RowField(
        Product.objects.all(),
        rows=lambda user: Product.objects.visible_to(user).filter(status=ProductStatus.DRAFT),
        label=_("product"),
    )


def _tenants_below(user: User) -> Any:
    below = Tenant.objects.filter(path__startswith=user.tenant.path)
    return below.exclude(pk=user.tenant_id)


register(
    Ask(
        "products.customer_pricing",
        DiscountForm,
        services.request_customer_pricing,
        ProductPerm.REQUEST_PRICING,
        for_customers=BetterPriceForm,
    )
)
register(
    Ask(
        "products.special_discount",
        SpecialDiscountForm,
        services.request_special_discount,
        ProductPerm.REQUEST_PRICING,
    )
)
register(
    Ask(
        "products.distributor_pricing",
        DistributorForm,
        services.request_distributor_pricing,
        ProductPerm.REQUEST_PRICING,
    )
)
register(
    Ask(
        "products.listing_review",
        ListingForm,
        services.request_listing,
        ProductPerm.REQUEST_LISTING,
        intro=_("Once it is agreed to, the product goes on sale by itself."),
    )
)
