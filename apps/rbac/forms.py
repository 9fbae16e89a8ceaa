from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.rbac.models import User
from apps.rbac.services import registration


class CompanyForm(forms.Form):
    """What a sign-up asks beyond e-mail, mobile and password."""

    company_name = forms.CharField(label=_("Company name"), min_length=2, max_length=100)
    display_name = forms.CharField(label=_("Your name"), max_length=100, required=False)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called within the transaction that saves the user."""
        registration.register(
            user=user, company_name=self.cleaned_data["company_name"], now=timezone.now()
        )
