from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid


class UsccIsInvalid(Invalid):
    code = "customers.uscc_is_invalid"
    message = _("“{uscc}” is not a valid unified social credit code.")


class UsccIsTaken(Conflict):
    code = "customers.uscc_is_taken"
    message = _("Another customer is registered under this unified social credit code.")


class TagIsForeign(Invalid):
    code = "customers.tag_is_foreign"
    message = _("“{tag}” is a tag of another tenant.")


class CompanyNameIsMissing(Invalid):
    code = "customers.company_name_is_missing"
    message = _("Please give the company's full name.")


class CustomerIsUnverified(Conflict):
    code = "customers.customer_is_unverified"
    message = _("Please complete the real-name verification first.")


class ContactIsUnreachable(Invalid):
    code = "customers.contact_is_unreachable"
    message = _("Give an e-mail address or a phone number.")


class ContactHasNoRole(Invalid):
    code = "customers.contact_has_no_role"
    message = _("Choose at least one role.")


class ContactPhoneIsInvalid(Invalid):
    code = "customers.contact_phone_is_invalid"
    message = _("This is not a phone number.")


class ContactNameIsMissing(Invalid):
    code = "customers.contact_name_is_missing"
    message = _("Please give the contact's name.")


class ContactUserIsForeign(Invalid):
    code = "customers.contact_user_is_foreign"
    message = _("This person has no portal account of the customer.")


class ContactIsKnown(Conflict):
    code = "customers.contact_is_known"
    message = _("“{contact}” is a contact of this customer already.")


class ContactHasNoPhone(Conflict):
    code = "customers.contact_has_no_phone"
    message = _("No phone number is stored for “{contact}”.")
