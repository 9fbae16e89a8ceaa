"""Our accounts at the clouds."""

from datetime import date, datetime
from typing import BinaryIO

from django.db import transaction

from apps.clouds.adapters.base import CloudAdapter
from apps.clouds.adapters.registry import adapter_for
from apps.clouds.enums import CloudAccountPerm
from apps.clouds.errors import CloudAccountIsMissing
from apps.clouds.models import CloudAccount, SubAccount
from apps.core import audit
from apps.core.errors import DomainError
from apps.customers.models import Customer
from apps.products.models import Vendor
from apps.rbac import services as rbac
from apps.rbac.models import User


def adapter_of(*, account: CloudAccount) -> CloudAdapter:
    """
    The adapter that speaks for this account. Trusted: callers have checked the actor.

    :raises DriverIsForbidden: the sandbox in production
    :raises EndpointIsForbidden: if the stored address is not the cloud's
    """
    return adapter_for(
        account.driver,
        access_key_id=account.access_key_id,
        secret=account.secret,
        endpoint=account.endpoint,
    )


def account_for(*, customer: Customer, vendor: Vendor) -> CloudAccount:
    """
    The account that buys from this vendor for this customer: his tenant's own, else the nearest
    above it. Trusted: called while an order is being carried out.

    :raises CloudAccountIsMissing: if no tenant up to the platform has an active one
    """
    accounts = CloudAccount.objects.filter(vendor=vendor).serving(customer.tenant.path)
    account = accounts.select_related("tenant", "vendor").first()
    if account is None:
        raise CloudAccountIsMissing(vendor=vendor.name, tenant=customer.tenant.name)
    return account


def ensure_sub_account(*, account: CloudAccount, customer: Customer, now: datetime) -> None:
    """
    Tell the bill import whose usage comes under this customer's number. Trusted: order saga.

    A mapping that staff have made stays as it is.
    """
    SubAccount.objects.get_or_create(
        tenant=account.tenant,
        provider_name=adapter_of(account=account).provider_name,
        external_id=customer.number,
        defaults={"customer": customer, "name": customer.name, "mapped_at": now},
    )


def test_connection(*, account: CloudAccount, actor: User, now: datetime) -> str:
    """
    Ask the cloud for our balance and remember how it went; the problem, or nothing.

    Not to be called inside a transaction: it waits for the network.
    """
    rbac.require(actor, CloudAccountPerm.TEST, account)
    try:
        adapter_of(account=account).balance()
        problem = ""
    except DomainError as error:
        problem = str(error)
    with transaction.atomic():
        CloudAccount.objects.filter(pk=account.pk).update(tested_at=now, test_problem=problem)
        audit.record(
            actor=actor, verb="cloudaccount.tested", thing=account, is_connected=not problem
        )
    return problem


def download_bill(*, account: CloudAccount, month: date, target: BinaryIO) -> None:
    """
    Write the FOCUS file of a month of this account. Trusted: the import checks the actor.

    :raises VendorUnknown: if the cloud does not answer
    """
    adapter_of(account=account).download_bill(month, target)
