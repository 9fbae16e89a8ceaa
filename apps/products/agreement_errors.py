from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid


class AgreementIsNotDraft(Conflict):
    code = "products.agreement_is_not_draft"
    message = _("{number} is “{status}”: only drafts are written. Begin a new version instead.")


class AgreementIsNotInForce(Conflict):
    code = "products.agreement_is_not_in_force"
    message = _("{number} is “{status}”, not in force.")


class AgreementHasNextVersion(Conflict):
    code = "products.agreement_has_next_version"
    message = _("There is a newer version of {number} already.")


class AgreementHasNoPrices(Invalid):
    code = "products.agreement_has_no_prices"
    message = _("{number} names no price yet.")


class AgreementIsNotSigned(Invalid):
    code = "products.agreement_is_not_signed"
    message = _("The signed file of {number} is missing.")


class AgreementIsOver(Conflict):
    code = "products.agreement_is_over"
    message = _("The term of {number} is over before it could begin.")


class AgreementHasExpired(Conflict):
    code = "products.agreement_has_expired"
    message = _(
        "Your agreement {number} ended on {day}, and nothing new may be bought until it is renewed."
        " Please ask your account manager."
    )


class NothingToTry(Conflict):
    code = "products.nothing_to_try"
    message = _("It has no rules that could be tried.")


class DiscountIsBeyondAuthority(Conflict):
    code = "products.discount_is_beyond_authority"
    message = _("The discount is beyond your authority. {reasons}")


class DiscountIsWithinAuthority(Conflict):
    code = "products.discount_is_within_authority"
    message = _("The discount is within your authority: make the quote.")


class DiscountsOfSeveralProducts(Invalid):
    code = "products.discounts_of_several_products"
    message = _("One request is for one product: ask for each by itself.")


class PriceListIsEmpty(Invalid):
    code = "products.price_list_is_empty"
    message = _("“{name}” names no price yet.")


class PriceListIsOutOfRange(Conflict):
    code = "products.price_list_is_out_of_range"
    message = _("“{name}”: the levels above allow {lowest} % to {highest} % of the list price.")


class PriceListNeedsApproval(Conflict):
    code = "products.price_list_needs_approval"
    message = _("“{name}” holds fixed prices: ask for an approval, which shows what they leave.")


class PriceListIsNotDraft(Conflict):
    code = "products.price_list_is_not_draft"
    message = _("“{name}” is “{status}”: only drafts can be asked for.")


class FixedPriceIsForPrepaid(Invalid):
    code = "products.fixed_price_is_for_prepaid"
    message = _("“{name}”: a fixed price is for one SKU that is paid in advance, with a price.")
