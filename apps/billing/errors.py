from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict, Invalid, Unavailable


class KeyWasUsed(Conflict):
    code = "billing.key_was_used"
    message = _("The key “{key}” stands for another posting.")


class InsufficientBalance(Conflict):
    code = "billing.insufficient_balance"
    message = _("The balance is not enough: {needed} needed, {available} available.")


class AmountIsNotPositive(Invalid):
    code = "billing.amount_is_not_positive"
    message = _("The amount must be greater than zero, with at most two decimals.")


class EntryIsMalformed(Invalid):
    code = "billing.entry_is_malformed"
    message = _("This cannot be posted: {reason}.")


class ChargeIsUnknown(Conflict):
    code = "billing.charge_is_unknown"
    message = _("There is no charge with the key “{key}”.")


class RefundIsTooHigh(Conflict):
    code = "billing.refund_is_too_high"
    message = _("Only {left} of this charge can still be refunded.")


class RechargeIsOutOfRange(Invalid):
    code = "billing.recharge_is_out_of_range"
    message = _("A recharge is at least {minimum} and at most {maximum}.")


class ChannelIsNotOffered(Invalid):
    code = "billing.channel_is_not_offered"
    message = _("Recharging by “{channel}” is not offered online.")


class RechargeIsUnknown(Conflict):
    code = "billing.recharge_is_unknown"
    message = _("There is no recharge with the number “{number}”.")


class AmountDiffers(Conflict):
    code = "billing.amount_differs"
    message = _("Recharge {number} is about {expected}, not {amount}.")


class TradeWasUsed(Conflict):
    code = "billing.trade_was_used"
    message = _("This channel transaction has paid another recharge.")


class ChannelIsUnavailable(Unavailable):
    code = "billing.channel_is_unavailable"
    message = _("The payment channel does not answer. Nothing was charged; try again later.")


class CreditLimitIsNegative(Invalid):
    code = "billing.credit_limit_is_negative"
    message = _("A credit limit is zero or more.")


class MonthIsMalformed(Invalid):
    code = "billing.month_is_malformed"
    message = _("A billing month is named by its first day.")


class PayoutsAreStopped(Conflict):
    code = "billing.payouts_are_stopped"
    message = _("Payouts are stopped: the ledger verification found a difference.")


class EntryIsNotReversible(Conflict):
    code = "billing.entry_is_not_reversible"
    message = _("Entry {entry} ({kind}) cannot be reversed: only purchases, recharges and gifts.")


class ReversalIsTooHigh(Conflict):
    code = "billing.reversal_is_too_high"
    message = _("Of entry {entry} only {left} can still be reversed.")


class LimitIsTheSame(Conflict):
    code = "billing.limit_is_the_same"
    message = _("The credit limit is {limit} already.")
