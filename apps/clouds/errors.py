from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid, Unavailable


class VendorRefused(Conflict):
    """The cloud said no, and nothing was made. `vendor_code` is its word for why."""

    code = "clouds.vendor_refused"
    message = _("The cloud refused: {vendor_code}.")

    def __init__(self, *, vendor_code: str, is_stock_out: bool = False, **facts: object) -> None:
        self.vendor_code = vendor_code
        self.is_stock_out = is_stock_out
        super().__init__(vendor_code=vendor_code, **facts)


class VendorUnknown(Unavailable):
    """
    The cloud did not answer, or answered nonsense: whether it acted is unknown.

    Never to be taken for a failure: ask by the client token before anything is repeated.
    """

    code = "clouds.vendor_unknown"
    message = _("The cloud did not answer. What happened there is being checked.")


class VendorThrottled(Unavailable):
    """The cloud wants us to come back later, and nothing was made."""

    code = "clouds.vendor_throttled"
    message = _("The cloud is busy. The request will be repeated.")


class CapabilityIsMissing(Conflict):
    """This cloud cannot do that; `reason` says what happens instead."""

    code = "clouds.capability_missing"
    message = _("{vendor} cannot do this: {reason}")


class CloudAccountIsMissing(Conflict):
    code = "clouds.account_missing"
    message = _("There is no active cloud account of {vendor} for {tenant}.")


class DriverIsForbidden(Conflict):
    code = "clouds.driver_forbidden"
    message = _("The driver “{driver}” is not available here.")


class EndpointIsForbidden(Invalid):
    code = "clouds.endpoint_forbidden"
    message = _("This address is not one of the cloud's.")


class TokenWasUsed(Conflict):
    """The same key came with another customer or SKU."""

    code = "clouds.token_was_used"
    message = _("This key was used for another resource.")


class PriceListIsForeign(Conflict):
    """Prices of another currency are no prices of ours."""

    code = "clouds.price_list_is_foreign"
    message = _("The cloud's prices are in {currency}.")


class PriceListIsOld(Conflict):
    """An answer that was on its way for long must not bring old prices back."""

    code = "clouds.price_list_is_old"
    message = _("A newer price list has been received already: this one is of {as_of}.")


class CloudAccountIsOff(Conflict):
    code = "clouds.account_is_off"
    message = _("The cloud account {account} is switched off.")


class ResourceIsNotThere(Conflict):
    code = "clouds.resource_is_not_there"
    message = _("“{name}” is “{status}”: there is nothing to release.")


class ResourceIsNotMissing(Conflict):
    code = "clouds.resource_is_not_missing"
    message = _("“{resource}” is not missing: its cloud knows it.")
