"""Requests about a customer: staff say which, a customer asks for himself."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.approvals.asking import AskForm, RowField
from apps.customers.models import Customer
from apps.customers.selectors import customer_of


class CustomerAskForm(AskForm):
    customer = RowField(
        Customer.objects.all(),
        rows=lambda user: Customer.objects.visible_to(user),
        label=_("Customer"),
    )

    def prepare(self) -> None:
        if self.is_customers:
            del self.fields["customer"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if self.is_customers:
            values["customer"] = customer_of(self.user)
        return values
