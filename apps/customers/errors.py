from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid


class UsccIsInvalid(Invalid):
    code = "customers.uscc_is_invalid"
    message = _("“{uscc}” is not a valid unified social credit code.")


class UsccIsTaken(Conflict):
    code = "customers.uscc_is_taken"
    message = _("Another customer is registered under this unified social credit code.")


class CompanyNameIsMissing(Invalid):
    code = "customers.company_name_is_missing"
    message = _("Please give the company's full name.")


class CustomerIsUnverified(Conflict):
    code = "customers.customer_is_unverified"
    message = _("Please complete the real-name verification first.")
