"""Usage of the sandbox cloud by instance and hour, and its month as a FOCUS 1.0 file."""

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from simulators.cloud_state import Instance

# fmt: off
COLUMNS = (
    "AvailabilityZone", "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency",
    "BillingPeriodEnd", "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription",
    "ChargeFrequency", "ChargePeriodEnd", "ChargePeriodStart", "CommitmentDiscountCategory",
    "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountStatus",
    "CommitmentDiscountType", "ConsumedQuantity", "ConsumedUnit", "ContractedCost",
    "ContractedUnitPrice", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ListUnitPrice",
    "PricingCategory", "PricingQuantity", "PricingUnit", "ProviderName", "PublisherName",
    "RegionId", "RegionName", "ResourceId", "ResourceName", "ResourceType", "ServiceCategory",
    "ServiceName", "SkuId", "SkuPriceId", "SubAccountId", "SubAccountName", "Tags",
)
# fmt: on
VENDOR = "Sandbox Cloud"
OUR_DISCOUNT = Decimal("0.75")  # what the reseller pays of the list price
# yuan per hour and unit of the specification
HOURLY = {
    "vcpu": Decimal("0.118000000000"),
    "memory_gib": Decimal("0.030625000000"),
    "disk_gib": Decimal("0.000486111111"),
    "gpu_count": Decimal("11.520000000000"),
}
FALLBACK_HOURLY = Decimal("0.250000000000")
TRAFFIC_PRICE = Decimal("0.800000000000")  # yuan per GB of outgoing traffic
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Usage:
    """One instance, one hour, one metered thing."""

    instance: Instance
    begins_at: datetime
    sku: str
    service: str
    category: str
    description: str
    unit: str
    quantity: Decimal
    unit_price: Decimal

    @property
    def list_cost(self) -> Decimal:
        return self.quantity * self.unit_price


def usage(instance: Instance, start: datetime, end: datetime) -> Iterator[Usage]:
    """
    What an instance used in [start, end). A begun hour counts as a whole one.

    A subscription was settled when it was bought, so only its traffic is metered.
    """
    stopped_at = min(end, instance.released_at or end)
    hour = max(start, _whole_hour(instance.running_at))
    while hour < stopped_at and instance.running_at < stopped_at:
        if instance.text("InstanceChargeType") != "PrePaid":
            yield _compute(instance, hour)
        yield _traffic(instance, hour)
        hour += HOUR


def hourly_price(instance: Instance) -> Decimal:
    price = sum((instance.number(name) * price for name, price in HOURLY.items()), Decimal())
    return price or FALLBACK_HOURLY


def spent(instances: Sequence[Instance], now: datetime) -> Decimal:
    """What the account owes for metered computing until now, at the reseller's price.

    Asked before every purchase, so it counts hours instead of walking through them.
    """
    total = Decimal()
    for instance in instances:
        stopped_at = min(now, instance.released_at or now)
        if instance.text("InstanceChargeType") == "PrePaid" or instance.running_at >= stopped_at:
            continue
        hours = -((_whole_hour(instance.running_at) - stopped_at) // HOUR)
        total += hours * hourly_price(instance) * OUR_DISCOUNT
    return total


def bill(instances: Sequence[Instance], month: str, now: datetime) -> str:
    """The FOCUS 1.0 file of a month such as 2026-11, as far as it has gone. :raises ValueError"""
    start = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    end = (start + timedelta(days=32)).replace(day=1)
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for instance in sorted(instances, key=lambda instance: instance.id):
        for line in usage(instance, start, min(end, now)):
            writer.writerow(_row(line, start, end))
    return file.getvalue()


def _whole_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _compute(instance: Instance, hour: datetime) -> Usage:
    kind = instance.text("InstanceType")
    return Usage(
        instance,
        hour,
        sku=f"ecs.compute.{kind}",
        service="云服务器 ECS",
        category="Compute",
        description=f"{kind} 按量计算",
        unit="Hours",
        quantity=Decimal(1),
        unit_price=hourly_price(instance),
    )


def _traffic(instance: Instance, hour: datetime) -> Usage:
    """Always the same figure for the same hour, so that a file downloaded again is equal."""
    digest = hashlib.sha256(f"{instance.id}{hour.isoformat()}".encode()).digest()
    gigabytes = Decimal(int.from_bytes(digest[:3]) % 2_000_000) / Decimal(1_000_000)
    return Usage(
        instance,
        hour,
        sku="eip.traffic.out",
        service="弹性公网 IP",
        category="Networking",
        description="公网流出流量",
        unit="GB",
        quantity=gigabytes,
        unit_price=TRAFFIC_PRICE,
    )


def _row(line: Usage, start: datetime, end: datetime) -> dict[str, str]:
    instance = line.instance
    cost = _amount(line.list_cost * OUR_DISCOUNT)
    owner = instance.text("OwnerId")
    return {
        "BilledCost": cost,
        "BillingAccountId": instance.account,
        "BillingAccountName": instance.account,
        "BillingCurrency": "CNY",
        **_period("Billing", start, end),
        **_period("Charge", line.begins_at, line.begins_at + HOUR),
        "ChargeCategory": "Usage",
        "ChargeDescription": line.description,
        "ChargeFrequency": "Usage-Based",
        "ConsumedQuantity": _amount(line.quantity),
        "ConsumedUnit": line.unit,
        "ContractedCost": cost,
        "ContractedUnitPrice": _amount(line.unit_price * OUR_DISCOUNT),
        "EffectiveCost": cost,
        "InvoiceIssuerName": VENDOR,
        "ListCost": _amount(line.list_cost),
        "ListUnitPrice": _amount(line.unit_price),
        "PricingCategory": "Standard",
        "PricingQuantity": _amount(line.quantity),
        "PricingUnit": line.unit,
        "ProviderName": VENDOR,
        "PublisherName": VENDOR,
        "RegionId": instance.text("RegionId"),
        "RegionName": instance.text("RegionId"),
        "ResourceId": instance.id,
        "ResourceName": instance.text("InstanceName"),
        "ResourceType": "Instance",
        "ServiceCategory": line.category,
        "ServiceName": line.service,
        "SkuId": line.sku,
        "SkuPriceId": f"{line.sku}.list",
        "SubAccountId": owner,
        "SubAccountName": instance.text("OwnerName") or owner,
        "Tags": "{}",
    }


def _period(kind: str, start: datetime, end: datetime) -> dict[str, str]:
    return {f"{kind}PeriodStart": _moment(start), f"{kind}PeriodEnd": _moment(end)}


def _amount(number: Decimal) -> str:
    return f"{number:.12f}"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
