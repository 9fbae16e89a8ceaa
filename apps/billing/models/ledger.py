"""Double entry: accounts, entries, transfers. Only posted by services, never edited or deleted."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.billing.enums import CURRENCY, DEBIT_KINDS, AccountKind, EntryKind
from apps.core.models import ExactCharField
from apps.core.money import MoneyField
from apps.rbac.scoping import ScopedQuerySet


class AccountQuerySet(ScopedQuerySet["Account"]):
    customer_path = "owner"
    owner_path = "owner__owner"


class Account(models.Model):
    """A customer's bucket, or an account of the tenant that sells. It stores no balance."""

    code = ExactCharField(_("code"), max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=16, choices=AccountKind)
    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    owner = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        related_name="accounts",
        verbose_name=_("customer"),
    )
    currency = models.CharField(_("currency"), max_length=3, default=CURRENCY)
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("chart of accounts")
        ordering = ("kind", "pk")

    def __str__(self) -> str:
        return str(self.code)

    @property
    def grows_on_debit(self) -> bool:
        return self.kind in DEBIT_KINDS


class EntryQuerySet(ScopedQuerySet["Entry"]):
    pass


class Entry(models.Model):
    """One business event in the books; its transfers balance by construction."""

    hit = False  # True on an entry that had been posted before it was asked for

    key = ExactCharField(pgettext_lazy("idempotency", "key"), max_length=128, unique=True)
    digest = models.CharField(_("request digest"), max_length=64)
    kind = models.CharField(_("kind"), max_length=24, choices=EntryKind)
    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    customer = models.ForeignKey(
        "customers.Customer",
        models.PROTECT,
        null=True,
        db_index=False,  # the index below begins with it
        related_name="entries",
        verbose_name=_("customer"),
    )
    source_label = models.CharField(_("source"), max_length=64)
    source_pk = ExactCharField(_("source id"), max_length=64)
    period = models.DateField(_("accounting month"))
    posted_at = models.DateTimeField(_("posted at"))
    amount = MoneyField(_("amount"), help_text=_("What it did to the customer's balance."))
    balance = MoneyField(_("balance after"), help_text=_("Cash and gift less what is owed."))
    note = models.CharField(_("note"), max_length=200, blank=True)
    reverses = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="reversals",
        verbose_name=_("gives back"),
    )

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ("-pk",)
        indexes = [
            models.Index(fields=["customer", "id"], name="entry_of_customer"),
            models.Index(fields=["period", "kind"], name="entry_of_period"),
            models.Index(fields=["source_label", "source_pk"], name="entry_of_source"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"E{self.pk:010d}"


class TransferQuerySet(ScopedQuerySet["Transfer"]):
    tenant_path = "entry__tenant"
    customer_path = "entry__customer"
    owner_path = "entry__customer__owner"


class Transfer(models.Model):
    """An amount from one account to another: debit = credit, because they are one number."""

    entry = models.ForeignKey(
        Entry, models.PROTECT, related_name="transfers", verbose_name=_("ledger entry")
    )
    debit = models.ForeignKey(
        Account, models.PROTECT, related_name="debits", verbose_name=_("debit")
    )
    credit = models.ForeignKey(
        Account, models.PROTECT, related_name="credits", verbose_name=_("credit")
    )
    amount = MoneyField(_("amount"))

    objects = TransferQuerySet.as_manager()

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ("-pk",)
        constraints = [
            models.CheckConstraint(name="transfer_amount_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="transfer_between_two_accounts", condition=~Q(debit=F("credit"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.amount}"


class WalletBalanceQuerySet(ScopedQuerySet["WalletBalance"]):
    pass


class WalletBalance(models.Model):
    """A customer's accounts and their balances, projected from the ledger.

    Its row is what a payer locks, so it also names the accounts: one statement reads it all.
    """

    tenant = models.ForeignKey("rbac.Tenant", models.PROTECT, verbose_name=_("tenant"))
    customer = models.OneToOneField(
        "customers.Customer",
        models.PROTECT,
        related_name="wallet",
        verbose_name=_("customer"),
    )
    cash_account = models.OneToOneField(
        Account, models.PROTECT, related_name="+", verbose_name=_("cash account")
    )
    gift_account = models.OneToOneField(
        Account, models.PROTECT, related_name="+", verbose_name=_("gift account")
    )
    frozen_account = models.OneToOneField(
        Account, models.PROTECT, related_name="+", verbose_name=_("frozen account")
    )
    receivable_account = models.OneToOneField(
        Account, models.PROTECT, related_name="+", verbose_name=_("receivable account")
    )
    cash = MoneyField(_("cash"), default=Decimal(0))
    gift = MoneyField(_("gift"), default=Decimal(0))
    frozen = MoneyField(_("frozen"), default=Decimal(0))
    owed = MoneyField(_("owed"), default=Decimal(0))
    credit_limit = MoneyField(_("credit limit"), default=Decimal(0))
    version = models.PositiveBigIntegerField(_("version"), default=0)
    opened_at = models.DateTimeField(_("opened at"), auto_now_add=True)

    objects = WalletBalanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        ordering = ("-pk",)
        permissions = [
            ("grant_gift", _("Can grant gifts")),
            ("set_credit_limit", _("Can set credit limits")),
            ("verify_ledger", _("Can verify the ledger")),
            ("request_wallet_change", _("Can ask for credit, corrections and transfers in")),
            ("request_payout", _("Can ask for invoices and withdrawals")),
            ("request_settlement", _("Can ask for settlements with suppliers")),
        ]
        constraints = [
            models.CheckConstraint(name="wallet_cash_not_negative", condition=Q(cash__gte=0)),
            models.CheckConstraint(name="wallet_gift_not_negative", condition=Q(gift__gte=0)),
            models.CheckConstraint(name="wallet_frozen_not_negative", condition=Q(frozen__gte=0)),
            models.CheckConstraint(name="wallet_owed_not_negative", condition=Q(owed__gte=0)),
            models.CheckConstraint(
                name="wallet_credit_limit_not_negative", condition=Q(credit_limit__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)

    @property
    def credit_left(self) -> Decimal:
        left: Decimal = self.credit_limit - self.owed
        return max(left, Decimal(0))

    @property
    def available(self) -> Decimal:
        total: Decimal = self.gift + self.cash + self.credit_left
        return total
