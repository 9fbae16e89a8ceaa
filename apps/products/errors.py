from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from apps.core.errors import Conflict, Forbidden, Invalid


class ProductHasNoPrice(Conflict):
    code = "products.product_has_no_price"
    message = _("“{product}” has no SKU with a price in effect: set a price first.")


class ProductIsNotFrozen(Conflict):
    code = "products.product_is_not_frozen"
    message = _("{product} is “{status}”: only frozen products are thawed.")


class ProductIsNotGrey(Conflict):
    code = "products.product_is_not_grey"
    message = _("{product} is “{status}”, not in a grey release.")


class GreyReleaseIsMissing(Conflict):
    code = "products.grey_release_is_missing"
    message = _("{product} was never in a grey release: say how far it goes.")


class PercentIsOutOfRange(Invalid):
    code = "products.percent_out_of_range"
    message = _("Between 0 and 100 percent of the customers.")


class SpecificationIsInvalid(Invalid):
    code = "products.specification_is_invalid"
    message = _("The specification holds a name or a value that is not known.")


class SupplierPhoneIsInvalid(Invalid):
    code = "products.supplier_phone_is_invalid"
    message = _("This is not a phone number.")


class SupplierHasNoPhone(Conflict):
    code = "products.supplier_has_no_phone"
    message = _("No phone number of {contact} is known.")


class AccountNumberIsInvalid(Invalid):
    code = "products.account_number_is_invalid"
    message = _("An account number has 8 to 32 digits.")


class OneOffHasNoPeriods(Invalid):
    code = "products.one_off_has_no_periods"
    message = _("{sku} is paid once: it has one period.")


class ProductIsNotYours(Forbidden):
    code = "products.product_is_not_yours"
    message = _("“{product}” belongs to {tenant}: you may sell it, not change it.")


class PricesOverlap(Conflict):
    code = "products.prices_overlap"
    message = _("Another price of {sku} starts at {start}, within this period.")


class PriceIsRetroactive(Conflict):
    code = "products.price_is_retroactive"
    message = _("A price of {sku} is in effect already: a new one cannot start in the past.")


class PeriodIsEmpty(Invalid):
    code = "products.period_is_empty"
    message = _("The period must end after it starts.")


class AmountIsNegative(Invalid):
    code = "products.amount_is_negative"
    message = _("A price or cost cannot be negative.")


class PriceIsTheSame(Invalid):
    code = "products.price_is_the_same"
    message = _("{sku} costs that already.")


class NothingToSubmit(Conflict):
    code = "products.nothing_to_submit"
    message = _("No proposed price change fits.")


class TooManyChanges(Invalid):
    code = "products.too_many_changes"
    message = _("One approval covers at most {most} price changes: narrow the choice.")


class ChangeWaitsForApproval(Conflict):
    code = "products.change_waits_for_approval"
    message = _("{change} waits for an approval, which decides it.")


class SheetIsUnusable(Invalid):
    code = "products.sheet_is_unusable"
    message = _("Columns that name a row are missing: {missing}.")


class SheetHasNoRows(Invalid):
    code = "products.sheet_has_no_rows"
    message = _("The file has no rows.")


class ImportHasBadRows(Conflict):
    code = "products.import_has_bad_rows"
    message = _("{count} rows are bad: correct the file, or take the good rows alone.")


class ImportIsRunning(Conflict):
    code = "products.import_is_running"
    message = _("This file is being worked on, or nothing is left to do.")


class QuoteIsEmpty(Invalid):
    code = "products.quote_is_empty"
    message = _("A quote needs at least one line.")


class QuoteIsTooLong(Invalid):
    code = "products.quote_is_too_long"
    message = _("A quote has at most {limit} lines.")


class QuantityIsOutOfRange(Invalid):
    code = "products.quantity_is_out_of_range"
    message = _("Quantities go from 1 to {quantity}, periods from 1 to {periods}.")


class SkuIsUnknown(Invalid):
    code = "products.sku_is_unknown"
    message = _("There is no such SKU on sale.")


class SkuHasNoPrice(Conflict):
    code = "products.sku_has_no_price"
    message = _("{sku} has no price at the moment.")


class QuoteIsOutdated(Conflict):
    """The reader is told what changed, line by line, and confirms a new quote (CAT-4)."""

    code = "products.quote_is_outdated"
    message = _("Something has changed since the quote {number}. {changes}")

    def __init__(self, *, fields: Mapping[str, StrOrPromise], **context: object) -> None:
        self.fields = dict(fields)
        super().__init__(**context)


class OutOfStock(Conflict):
    code = "products.out_of_stock"
    message = _("{sku} is out of stock: {stock} left, {quantity} wanted.")


class StockIsOutOfRange(Invalid):
    code = "products.stock_is_out_of_range"
    message = _("Stock is a whole number from 0, or empty for unlimited.")


class ReservationKeyWasUsed(Conflict):
    code = "products.reservation_key_was_used"
    message = _("The reservation {key} stands for something else, or has ended.")


class ListingNeedsReview(Conflict):
    code = "products.listing_needs_review"
    message = _("{product} has never been on sale: ask for a review.")


class ProductIsNotDraft(Conflict):
    code = "products.product_is_not_draft"
    message = _("{product} is “{status}”: only drafts are reviewed.")


class RateIsOutOfRange(Invalid):
    code = "products.rate_out_of_range"
    message = _("A customer pays more than 0 and at most 100 %.")


class TargetIsMissing(Invalid):
    code = "products.target_is_missing"
    message = _("Choose what the discount covers.")


class CartIsFull(Conflict):
    code = "products.cart_is_full"
    message = _("A cart has at most {limit} lines: take something out first.")


class CartLineIsGone(Conflict):
    code = "products.cart_line_is_gone"
    message = _("A line is not in the cart any more: load the cart again.")


class CartLineIsNotForSale(Conflict):
    code = "products.cart_line_is_not_for_sale"
    message = _("{sku}: {advice}")


class TooManyFavorites(Conflict):
    code = "products.too_many_favorites"
    message = _("At most {limit} things are kept: forget one first.")


class CapIsReached(Conflict):
    code = "products.cap_is_reached"
    message = _("“{rule}”: {reason}. Please check the price again.")


class RuleIsStopped(Conflict):
    code = "products.rule_is_stopped"
    message = _("“{rule}” has been stopped. Please check the price again.")


class ClaimWasReleased(Conflict):
    code = "products.claim_was_released"
    message = _("What {key} took of promotions has been given back already.")


class CampaignIsEmpty(Conflict):
    code = "products.campaign_is_empty"
    message = _("“{campaign}” has no promotion: add one first.")


class CampaignIsFrozen(Conflict):
    code = "products.campaign_is_frozen"
    message = _("“{campaign}” is “{status}”: only drafts are edited.")


class PromotionIsOutside(Invalid):
    code = "products.promotion_is_outside"
    message = _("“{promotion}” has to lie within the time of its campaign.")


class CampaignIsOver(Conflict):
    code = "products.campaign_is_over"
    message = _("The time of “{campaign}” is over.")


class BatchIsNotOpen(Conflict):
    code = "products.batch_is_not_open"
    message = _("No vouchers of “{batch}” can be had: it is “{status}”, or its time is over.")


class BatchIsFrozen(Conflict):
    code = "products.batch_is_frozen"
    message = _("“{batch}” is “{status}”: only drafts are edited.")


class BatchIsEmpty(Conflict):
    code = "products.batch_is_empty"
    message = _("All vouchers of “{batch}” have been given out.")


class EnoughVouchers(Conflict):
    code = "products.enough_vouchers"
    message = _("One customer can have no more of “{batch}”.")


class CodeIsUnknown(Invalid):
    code = "products.code_is_unknown"
    message = _("This code stands for no voucher that you can have.")


class NobodyIsChosen(Invalid):
    code = "products.nobody_is_chosen"
    message = _("Choose customers, tags or tiers that somebody has.")


class VoucherIsNotUsable(Conflict):
    code = "products.voucher_is_not_usable"
    message = _("Voucher {code} can no longer be used. Please check the price again.")
