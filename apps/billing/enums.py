"""Words of the ledger: kinds, states, permissions, and who has them by default."""

from datetime import timedelta
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow

CURRENCY = "CNY"
RECHARGE_MIN = Decimal("1.00")
RECHARGE_MAX = Decimal("1000000.00")
RECHARGE_LIFETIME = timedelta(minutes=30)


class AccountKind(models.TextChoices):
    CASH = "cash", _("cash")
    GIFT = "gift", _("gift")
    FROZEN = "frozen", _("frozen")
    RECEIVABLE = "receivable", _("receivable")
    ALIPAY = "alipay", _("Alipay clearing")
    BANK = "bank", _("bank clearing")
    REVENUE = "revenue", _("revenue")
    PROMOTION = "promotion", _("promotion cost")
    WRITE_OFF = "write_off", _("write-offs")


# What a customer's wallet is made of; the rest belongs to the tenant that sells to him.
WALLET_KINDS = (AccountKind.CASH, AccountKind.GIFT, AccountKind.FROZEN, AccountKind.RECEIVABLE)
# Accounts that grow on their debit side: what we own or have spent. The rest grow on credit.
DEBIT_KINDS = (
    AccountKind.RECEIVABLE,
    AccountKind.ALIPAY,
    AccountKind.BANK,
    AccountKind.PROMOTION,
    AccountKind.WRITE_OFF,
)


class EntryKind(models.TextChoices):
    RECHARGE = "recharge", _("recharge")
    GIFT = "gift", _("gift")
    GIFT_REVOCATION = "gift_revocation", _("gift taken back")
    PURCHASE = "purchase", _("purchase")
    REFUND = "refund", _("refund")
    USAGE = "usage", _("usage bill")
    ADJUSTMENT = "adjustment", _("bill adjustment")
    REPAYMENT = "repayment", _("repayment of credit")
    REVERSAL = "reversal", _("correction")


# Consumed already, so it is owed whatever the credit limit says; a purchase stops at the limit.
BEYOND_LIMIT = frozenset({EntryKind.USAGE, EntryKind.ADJUSTMENT, EntryKind.GIFT_REVOCATION})


class LotKind(models.TextChoices):
    RECHARGE = "recharge", _("recharge")
    RETURN = "return", _("returned money without a lot of its own")


class Channel(models.TextChoices):
    ALIPAY = "alipay", _("Alipay")
    BANK = "bank", _("bank transfer")


CLEARING = {Channel.ALIPAY: AccountKind.ALIPAY, Channel.BANK: AccountKind.BANK}


class RechargeStatus(models.TextChoices):
    CREATED = "created", _("waiting for payment")
    PAID = "paid", _("paid")
    CLOSED = "closed", _("closed")


RECHARGE_FLOW = Flow(
    "billing.Recharge",
    {
        RechargeStatus.CREATED: {RechargeStatus.PAID, RechargeStatus.CLOSED},
        # Money that arrives after we gave up is still the customer's money.
        RechargeStatus.CLOSED: {RechargeStatus.PAID},
        RechargeStatus.PAID: set(),
    },
)


class NoticeOutcome(models.TextChoices):
    CREDITED = "credited", _("credited")
    KNOWN = "known", _("nothing to do")
    REFUSED = "refused", _("refused")


class InvoiceKind(models.TextChoices):
    GENERAL = "general", _("general VAT invoice")
    SPECIAL = "special", _("special VAT invoice")


class WithdrawalRoute(models.TextChoices):
    ORIGINAL = "original", _("the accounts that it came from")
    BANK = "bank", _("the bank account on file")


class LineReason(models.TextChoices):
    """Why a line is on a bill."""

    USE = "use", _("use of the month")
    LATE = "late", _("use that came late or was corrected")
    RERATED = "rerated", _("price of the use changed: its window reached another step")


ADJUSTMENTS = (LineReason.LATE, LineReason.RERATED)


class BillStatus(models.TextChoices):
    ISSUED = "issued", _("waiting for payment")
    PAID = "paid", _("paid")


BILL_FLOW = Flow(
    "billing.Bill",
    {
        BillStatus.ISSUED: {BillStatus.PAID},
        # A correction upwards can leave something to pay again.
        BillStatus.PAID: {BillStatus.ISSUED},
    },
)


class WalletPerm(models.TextChoices):
    VIEW = "billing.view_walletbalance", _("view wallets")
    GRANT_GIFT = "billing.grant_gift", _("grant gifts")
    SET_CREDIT_LIMIT = "billing.set_credit_limit", _("set credit limits")
    REQUEST = "billing.request_wallet_change", _("ask for credit, corrections and transfers in")
    REQUEST_PAYOUT = "billing.request_payout", _("ask for invoices and withdrawals")
    REQUEST_SETTLEMENT = "billing.request_settlement", _("ask for settlements with suppliers")


class RechargePerm(models.TextChoices):
    VIEW = "billing.view_recharge", _("view recharges")
    START = "billing.start_recharge", _("recharge a wallet")
    CONFIRM = "billing.confirm_transfer", _("credit bank transfers")
    SETTLE = "billing.settle_recharge", _("ask the channel about a recharge")


class LedgerPerm(models.TextChoices):
    VIEW_ENTRY = "billing.view_entry", _("view ledger entries")
    VIEW_TRANSFER = "billing.view_transfer", _("view transfers")
    VIEW_ACCOUNT = "billing.view_account", _("view accounts")
    VERIFY = "billing.verify_ledger", _("verify the ledger")


class BillPerm(models.TextChoices):
    VIEW = "billing.view_bill", _("view bills")
    VIEW_ITEM = "billing.view_billitem", _("view bill items")


_SEE_WALLET = [
    WalletPerm.VIEW,
    RechargePerm.VIEW,
    LedgerPerm.VIEW_ENTRY,
    BillPerm.VIEW,
    BillPerm.VIEW_ITEM,
]
_SEE_BOOKS = [
    *_SEE_WALLET,
    LedgerPerm.VIEW_TRANSFER,
    LedgerPerm.VIEW_ACCOUNT,
    "billing.view_lot",
    "billing.view_lotuse",
    "billing.view_paymentnotice",
    "billing.view_payoutstop",
]
_ASK = [WalletPerm.REQUEST, WalletPerm.REQUEST_PAYOUT]

STANDARD_GRANTS: dict[str, list[str]] = {
    "operations": [*_SEE_WALLET, *_ASK, WalletPerm.REQUEST_SETTLEMENT],
    "sales": [WalletPerm.VIEW, RechargePerm.VIEW, BillPerm.VIEW, BillPerm.VIEW_ITEM, *_ASK],
    "sales-manager": [*_SEE_WALLET, *_ASK],
    "finance": [
        *_ASK,
        WalletPerm.REQUEST_SETTLEMENT,
        *_SEE_BOOKS,
        RechargePerm.CONFIRM,
        RechargePerm.SETTLE,
        LedgerPerm.VERIFY,
        WalletPerm.GRANT_GIFT,
        WalletPerm.SET_CREDIT_LIMIT,
    ],
    "support": [WalletPerm.VIEW, RechargePerm.VIEW, BillPerm.VIEW],
    "auditor": [*_SEE_BOOKS],
    "administrator": [*_SEE_BOOKS],
    "portal-owner": [*_SEE_WALLET, RechargePerm.START, *_ASK],
    "portal-finance": [*_SEE_WALLET, RechargePerm.START, *_ASK],
    "portal-technician": [BillPerm.VIEW, BillPerm.VIEW_ITEM],
}
