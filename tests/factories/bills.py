"""FOCUS files of our own making, and imports of them."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from apps.clouds.importing.columns import FIRST_SEEN_IN
from apps.clouds.models import (
    BillImport,
    BillPeriod,
    ExchangeRate,
    SubAccount,
    UsageRating,
    VendorBillLine,
)
from apps.clouds.services import imports
from tests.factories.customers import CustomerFactory
from tests.factories.rbac import TenantFactory

MOMENT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)

USAGE = {
    "ProviderName": "Example Cloud",
    "BillingAccountId": "acct-1",
    "BillingAccountName": "Reseller",
    "BillingCurrency": "CNY",
    "BillingPeriodStart": "2026-10-01T00:00:00Z",
    "BillingPeriodEnd": "2026-11-01T00:00:00Z",
    "ChargePeriodStart": "2026-10-05T08:00:00Z",
    "ChargePeriodEnd": "2026-10-05T09:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "NULL",
    "ChargeDescription": "2 vCPU 小时",
    "ChargeFrequency": "Usage-Based",
    "PricingCategory": "Standard",
    "PricingQuantity": "1",
    "PricingUnit": "Hours",
    "ListUnitPrice": "0.5",
    "ListCost": "0.5",
    "ContractedUnitPrice": "0.4",
    "ContractedCost": "0.4",
    "BilledCost": "0.4",
    "EffectiveCost": "0.4",
    "ConsumedQuantity": "1",
    "ConsumedUnit": "Hours",
    "InvoiceIssuerName": "Example Cloud Ltd.",
    "PublisherName": "Example Cloud",
    "ServiceCategory": "Compute",
    "ServiceName": "Elastic Compute",
    "RegionId": "cn-beijing",
    "RegionName": "北京",
    "ResourceId": "i-001",
    "ResourceName": "web-1",
    "ResourceType": "instance",
    "SkuId": "S1",
    "SkuPriceId": "S1.P1",
    "SubAccountId": "sub-1",
    "SubAccountName": "华东业务",
    "Tags": '{"env": "prod"}',
}


def columns_of(version: str) -> list[str]:
    """All columns of a FOCUS version, in the alphabetical order of its files."""
    names: list[str] = []
    for known in ("1.0", "1.1", "1.2", "1.3"):
        names += FIRST_SEEN_IN[known]
        if known == version:
            break
    return sorted(names)


def usage_row(**cells: str) -> dict[str, str]:
    return {**USAGE, **cells}


def usage_rows(count: int, **cells: str) -> list[dict[str, str]]:
    """Rows that differ in their resource."""
    return [usage_row(ResourceId=f"i-{number:06}", **cells) for number in range(count)]


def focus_csv(
    rows: Iterable[dict[str, str]], columns: Sequence[str] | None = None, *, bom: bool = False
) -> bytes:
    columns = columns or columns_of("1.0")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="NULL", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if bom else "utf-8")


def start(content: bytes, *, tenant: Any, **facts: Any) -> BillImport:
    """An import that waits for its job."""
    return imports.start_import(
        tenant=tenant,
        content=ContentFile(content),
        file_name=facts.pop("file_name", "bill.csv"),
        actor=None,
        now=MOMENT,
        is_job=False,
        **facts,
    )


def run(bill_import: BillImport, **facts: Any) -> BillImport:
    return imports.run_import(bill_import_id=bill_import.pk, clock=lambda: MOMENT, **facts)


def imported(content: bytes, *, tenant: Any, **facts: Any) -> BillImport:
    """An import that ran to its end."""
    return run(start(content, tenant=tenant, **facts))


class SubAccountFactory(DjangoModelFactory):
    class Meta:
        model = SubAccount

    tenant = factory.SubFactory(TenantFactory)
    provider_name = "Example Cloud"
    external_id = factory.Sequence("sub-{}".format)
    mapped_at = factory.Maybe("customer", MOMENT, None)
    customer = None


class ExchangeRateFactory(DjangoModelFactory):
    class Meta:
        model = ExchangeRate

    tenant = factory.SubFactory(TenantFactory)
    currency = "USD"
    month = datetime(2026, 10, 1, tzinfo=UTC).date()
    rate = Decimal("7.1")
    source = "PBC 2026-10-31"
    created_at = MOMENT


class BillImportFactory(DjangoModelFactory):
    class Meta:
        model = BillImport

    tenant = factory.SubFactory(TenantFactory)
    file_name = "bill.csv"
    fingerprint = factory.Sequence("{:064x}".format)
    created_at = MOMENT


class BillPeriodFactory(DjangoModelFactory):
    class Meta:
        model = BillPeriod

    tenant = factory.SubFactory(TenantFactory)
    provider_name = "Example Cloud"
    billing_account_id = factory.Sequence("acct-{}".format)
    month = datetime(2026, 10, 1, tzinfo=UTC).date()
    currency = "CNY"


class VendorBillLineFactory(DjangoModelFactory):
    """A line of a period; period, sub-account and import are of one tenant."""

    class Meta:
        model = VendorBillLine

    class Params:
        tenant = factory.SubFactory(TenantFactory)

    identity = factory.Sequence("202610{:032x}".format)
    bill_import = factory.SubFactory(BillImportFactory, tenant=factory.SelfAttribute("..tenant"))
    line_number = factory.Sequence(lambda number: number + 2)
    period = factory.SubFactory(BillPeriodFactory, tenant=factory.SelfAttribute("..tenant"))
    sub_account = factory.SubFactory(SubAccountFactory, tenant=factory.SelfAttribute("..tenant"))
    charge_period_start = datetime(2026, 10, 5, 8, tzinfo=UTC)
    charge_period_end = datetime(2026, 10, 5, 9, tzinfo=UTC)
    charge_category = "Usage"
    list_cost = Decimal("0.5")
    billed_cost = Decimal("0.4")
    service_name = "Elastic Compute"
    raw = factory.LazyFunction(list)


class UsageRatingFactory(DjangoModelFactory):
    class Meta:
        model = UsageRating

    customer = factory.SubFactory(CustomerFactory)
    tenant = factory.SelfAttribute("customer.tenant")
    month = datetime(2026, 10, 1, tzinfo=UTC).date()
    rated_at = MOMENT
