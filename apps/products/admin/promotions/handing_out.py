"""The pages that hand vouchers of a batch out: to customers, and as codes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
)

from apps.core.errors import DomainError
from apps.core.modeladmin import ScopedModelAdmin, scoped
from apps.core.retry import retry_txn
from apps.customers.enums import CustomerTier
from apps.customers.models import Customer, CustomerTag
from apps.products.campaigns import VoucherPerm
from apps.products.models import Promotion, VoucherBatch
from apps.products.services.vouchers.handing_out import MOST_CODES

MOST_EACH = 100


class HandOutForm(forms.Form):
    """Customers by name, by tag, by tier: whoever is in one of them."""

    customers = forms.ModelMultipleChoiceField(
        Customer.objects.none(), label=gettext_lazy("these customers"), required=False
    )
    tags = forms.ModelMultipleChoiceField(
        CustomerTag.objects.none(),
        label=gettext_lazy("customers with the tags"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    tiers = forms.MultipleChoiceField(
        label=gettext_lazy("customers of the tiers"),
        choices=CustomerTier.choices,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    each = forms.IntegerField(
        label=gettext_lazy("for each"),
        min_value=1,
        max_value=MOST_EACH,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    def __init__(self, *args: Any, modeladmin: ScopedModelAdmin, request: HttpRequest) -> None:
        super().__init__(*args)
        customers = scoped(Customer, request)
        field: Any = self.fields["customers"]
        field.queryset = customers
        of = Promotion._meta.get_field("customers")
        field.widget = AutocompleteSelectMultiple(of, modeladmin.admin_site)
        field.widget.choices = field.choices
        self.fields["tags"].queryset = scoped(CustomerTag, request)
        self.visible = customers

    def facts(self) -> dict[str, Any]:
        """The arguments of the service."""
        chosen = self.cleaned_data
        named = Q(pk__in=[customer.pk for customer in chosen["customers"]])
        wanted = named | Q(tags__in=chosen["tags"]) | Q(tier__in=chosen["tiers"])
        found = self.visible.filter(wanted).select_related("tenant").distinct()
        return {"customers": list(found), "each": chosen["each"]}


class CodesForm(forms.Form):
    count = forms.IntegerField(
        label=gettext_lazy("how many"),
        min_value=1,
        max_value=MOST_CODES,
        initial=10,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=gettext_lazy("Whoever redeems a code first has the voucher."),
    )

    def __init__(self, *args: Any, modeladmin: ScopedModelAdmin, request: HttpRequest) -> None:
        super().__init__(*args)

    def facts(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


@dataclass(frozen=True)
class HandOutView:
    """One form about one batch that calls one service."""

    modeladmin: ScopedModelAdmin
    title: Any
    form: type[HandOutForm] | type[CodesForm]
    service: Callable[..., Any]

    def __call__(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch: Any = self.modeladmin.get_object(request, unquote(object_id))
        if batch is None:
            raise Http404
        if not request.user.has_perm(VoucherPerm.ISSUE):
            raise PermissionDenied
        form = self.form(request.POST or None, modeladmin=self.modeladmin, request=request)
        if request.method == "POST" and form.is_valid() and self._run(request, batch, form):
            page = "voucherissue" if self.form is HandOutForm else "voucher"
            return HttpResponseRedirect(reverse(f"admin:products_{page}_changelist"))
        context = {
            **self.modeladmin.admin_site.each_context(request),
            "title": self.title,
            "opts": self.modeladmin.model._meta,
            "batch": batch,
            "form": form,
        }
        return TemplateResponse(request, "admin/products/hand_out.html", context)

    def _run(self, request: HttpRequest, batch: VoucherBatch, form: Any) -> bool:
        try:
            retry_txn(self.service)(
                batch=batch, actor=request.user, now=timezone.now(), **form.facts()
            )
        except DomainError as error:
            form.add_error(None, str(error))
            return False
        self.modeladmin.message_user(request, _("It has been started."), messages.SUCCESS)
        return True
