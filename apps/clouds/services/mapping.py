"""Staff's decisions between a vendor's bill and the customers': whose it is, and at what rate."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef

from apps.clouds.events import BillMonthIsDue
from apps.clouds.importing.refusals import ExchangeRateIsWrong, SubAccountIsForeign
from apps.clouds.importing.states import BillImportPerm, CostBasis
from apps.clouds.importing.values import TICK
from apps.clouds.models import BillPeriod, ExchangeRate, SubAccount, VendorBillLine
from apps.core import audit
from apps.core.events import publish
from apps.customers.models import Customer
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User

LARGEST_RATE = Decimal(10) ** 9


@transaction.atomic
def map_sub_account(
    *,
    sub_account: SubAccount,
    customer: Customer,
    actor: User,
    now: datetime,
    basis: CostBasis | None = None,
) -> SubAccount:
    """
    Give a sub-account, and all its lines ever, to a customer.

    Its months become due: the job bills the customer, and pays back whoever had it before.
    :raises SubAccountIsForeign: if the customer is not sold to by the tenant or one below it
    """
    rbac.require(actor, BillImportPerm.MAP_SUB_ACCOUNT, sub_account)
    if not customer.tenant.path.startswith(sub_account.tenant.path):
        raise SubAccountIsForeign
    sub_account = SubAccount.objects.lock(sub_account)
    before = {"customer": sub_account.customer_id, "basis": sub_account.basis}
    sub_account.customer = customer
    sub_account.basis = basis or sub_account.basis
    sub_account.mapped_at = now
    sub_account.save(update_fields=["customer", "basis", "mapped_at"])
    audit.record(
        actor=actor,
        verb="subaccount.mapped",
        thing=sub_account,
        before=before,
        after={"customer": customer.pk, "basis": sub_account.basis},
    )
    lines = VendorBillLine.objects.filter(sub_account=sub_account, period=OuterRef("pk"))
    BillPeriod.objects.filter(Exists(lines)).update(is_due=True)
    publish(BillMonthIsDue(tenant_id=sub_account.tenant_id))
    return sub_account


@transaction.atomic
def enter_exchange_rate(
    *,
    tenant: Tenant,
    currency: str,
    month: date,
    rate: Decimal,
    source: str,
    actor: User | None,
    now: datetime,
) -> ExchangeRate:
    """
    Say what a foreign currency is in yuan for a month's bills; what was billed gets due again.

    The same rate again changes nothing; another one stands from now on, the old stays on record.
    Trusted: with `actor` None it is the command line that asks.
    :raises ExchangeRateIsWrong: if it is no positive number of 12 decimals, or has no source
    """
    if actor is not None:
        rbac.require(actor, BillImportPerm.ADD_EXCHANGE_RATE)
    is_sound = rate.is_finite() and 0 < rate < LARGEST_RATE
    if not is_sound or rate != rate.quantize(TICK) or not source.strip():
        raise ExchangeRateIsWrong
    entered = ExchangeRate.objects.filter(tenant=tenant, currency=currency, month=month)
    known = entered.order_by("-pk").first()
    if known is not None and known.rate == rate:
        return known
    entry = ExchangeRate.objects.create(
        tenant=tenant,
        currency=currency,
        month=month,
        rate=rate,
        source=source.strip(),
        created_by=actor,
        created_at=now,
    )
    audit.record(actor=actor, verb="exchangerate.entered", thing=entry, rate=f"{rate:f}")
    BillPeriod.objects.filter(tenant=tenant, currency=currency, month=month).update(is_due=True)
    publish(BillMonthIsDue(tenant_id=tenant.pk))
    return entry


@transaction.atomic
def ask_for_rating(*, period: BillPeriod, actor: User, now: datetime) -> BillPeriod:
    """Let the job bill the month again, after a discount or a rate was put right."""
    rbac.require(actor, BillImportPerm.RATE, period)
    BillPeriod.objects.filter(pk=period.pk).update(is_due=True)
    audit.record(actor=actor, verb="billperiod.rating_asked", thing=period)
    publish(BillMonthIsDue(tenant_id=period.tenant_id))
    return period
