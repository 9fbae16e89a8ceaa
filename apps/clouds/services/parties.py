"""Whose lines a file holds: the vendor's periods and sub-accounts, found or made."""

from collections.abc import Collection
from itertools import batched

from django.db.models import prefetch_related_objects

from apps.clouds.importing.refusals import PeriodIsBeingImported
from apps.clouds.importing.rows import PeriodKey
from apps.clouds.importing.states import ImportStatus
from apps.clouds.models import BillImport, BillPeriod, SubAccount

AccountKey = tuple[str, str]


def find_periods(*, job: BillImport, currencies: dict[PeriodKey, str]) -> dict[PeriodKey, int]:
    """The ids of the periods with these keys and currencies. Trusted: called by the import."""
    vendor_id = job.account.vendor_id if job.account else None
    found = {}
    for key, currency in sorted(currencies.items()):
        provider, account, month = key
        period, _is_new = BillPeriod.objects.get_or_create(
            tenant_id=job.tenant_id,
            provider_name=provider,
            billing_account_id=account,
            month=month,
            defaults={"currency": currency, "vendor_id": vendor_id},
        )
        found[key] = period.pk
    return found


def find_sub_accounts(*, tenant_id: int, names: dict[AccountKey, str]) -> dict[AccountKey, int]:
    """
    The ids of sub-accounts; one never seen before belongs to nobody and waits for a customer.

    Trusted: called by the import.
    """
    found = _sub_account_ids(tenant_id, names)
    missing = sorted(names.keys() - found.keys())
    if missing:
        SubAccount.objects.bulk_create(
            (
                SubAccount(
                    tenant_id=tenant_id,
                    provider_name=provider,
                    external_id=external_id,
                    name=names[provider, external_id],
                )
                for provider, external_id in missing
            ),
            batch_size=500,
            ignore_conflicts=True,  # another import may meet them at the same moment
        )
        found |= _sub_account_ids(tenant_id, missing)
    return found


def _sub_account_ids(tenant_id: int, keys: Collection[AccountKey]) -> dict[AccountKey, int]:
    found = {}
    for some in batched(keys, 1000):
        rows = SubAccount.objects.filter(
            tenant_id=tenant_id, external_id__in={external_id for _provider, external_id in some}
        )
        for provider, external_id, pk in rows.values_list("provider_name", "external_id", "pk"):
            found[provider, external_id] = pk
    return {key: found[key] for key in keys if key in found}


def hold(*, job: BillImport, period_ids: set[int]) -> bool:
    """
    Keep everybody else from importing into these periods, and from billing them half read.

    Whether one of them was not held before. Trusted: called by the import.
    :raises PeriodIsBeingImported: if a living import holds one of them
    """
    periods = locked_periods(period_ids=period_ids)
    for period in periods:
        holder = period.held_by
        if holder and holder.pk != job.pk and holder.status == ImportStatus.RUNNING:
            raise PeriodIsBeingImported(period=period)
    new = [period.pk for period in periods if period.held_by_id != job.pk]
    BillPeriod.objects.filter(pk__in=new).update(held_by=job, last_import=job, is_due=True)
    return bool(new)


def locked_periods(*, period_ids: Collection[int]) -> list[BillPeriod]:
    """
    These periods, held until the transaction ends, always in the same order.

    Trusted: called by the import. Their holders are read apart: MariaDB would lock them, too.
    """
    periods = list(BillPeriod.objects.select_for_update().filter(pk__in=period_ids).order_by("pk"))
    prefetch_related_objects(periods, "held_by")
    return periods
