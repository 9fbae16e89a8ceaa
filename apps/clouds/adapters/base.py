"""What Kboss asks of every cloud, whichever it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, BinaryIO, Protocol

from django_stubs_ext import StrOrPromise


class Capability(StrEnum):
    """A row of the capability matrix (CLD-1)."""

    CREATE = "create"
    RELEASE = "release"
    RENEW = "renew"
    RESIZE = "resize"
    REFUND = "refund"
    CONSOLE = "console"
    BALANCE = "balance"
    SUB_ACCOUNTS = "sub_accounts"
    BILL_BY_HOUR = "bill_by_hour"
    REAL_NAME = "real_name"
    PRICE_LIST = "price_list"


@dataclass(frozen=True)
class Support:
    """Whether a cloud can do something, and when not, what happens instead."""

    is_supported: bool
    reason: StrOrPromise = ""


type Capabilities = Mapping[Capability, Support]


class InstanceStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    STOPPED = "stopped"
    RELEASED = "released"


class ChargeMode(StrEnum):
    SUBSCRIPTION = "subscription"
    METERED = "metered"


@dataclass(frozen=True)
class Credentials:
    """Never logged, never part of an error: the secret has no repr."""

    access_key_id: str
    secret: str = field(repr=False)
    endpoint: str


@dataclass(frozen=True)
class InstanceRequest:
    """Built from stored values only, so that a repeat with the same token is equal to the first."""

    region: str
    instance_type: str
    name: str
    owner: str  # the customer's number: the bill comes back with it as its sub-account
    charge_mode: ChargeMode
    periods: int
    specification: Mapping[str, Any]


@dataclass(frozen=True)
class VendorInstance:
    id: str
    status: InstanceStatus
    region: str
    name: str
    token: str
    public_ip: str | None
    private_ip: str | None


@dataclass(frozen=True)
class Balance:
    available: Decimal
    currency: str


@dataclass(frozen=True)
class ListedPrice:
    """What a unit and period of one of the cloud's SKUs costs. None: the cloud does not say."""

    sku: str  # the cloud's own name
    unit: str  # of which time: a billing mode of ours, "" where the cloud does not say
    unit_cost: Decimal  # what we pay
    list_price: Decimal | None = None  # what it asks of everybody
    effective_from: datetime | None = None


@dataclass(frozen=True)
class VendorPriceList:
    """All prices at one moment of the cloud's clock, so that an older list is known as one."""

    as_of: datetime
    currency: str
    prices: tuple[ListedPrice, ...]


class CloudAdapter(Protocol):
    """
    One account at one cloud.

    Calls that change something are sent once and never repeated here. They raise
    `errors.VendorRefused` (nothing was made), `VendorThrottled` (nothing was made, come back) or
    `VendorUnknown` (no answer: look by the token first). Reads may be repeated and raise the same.
    """

    provider_name: str  # as the cloud's bills name it

    def capabilities(self) -> Capabilities:
        """What this cloud can do; every Capability is in it."""

    def create_instance(self, request: InstanceRequest, client_token: str) -> VendorInstance:
        """Same token and same request: the same instance. Refused for another request."""

    def find_by_token(self, client_token: str) -> VendorInstance | None:
        """What a create with this token has made, if anything."""

    def describe_instance(self, instance_id: str) -> VendorInstance | None:
        """None when the cloud does not know it."""

    def list_instances(self) -> list[VendorInstance]:
        """Every instance of the account, each once."""

    def release_instance(self, instance_id: str) -> None:
        """End it. An instance that is gone already is fine."""

    def balance(self) -> Balance:
        """Our money at the cloud: also the cheapest question that proves the credentials."""

    def price_list(self) -> VendorPriceList:
        """What we are charged, each SKU and unit once. All of it, or VendorUnknown."""

    def download_bill(self, month: date, target: BinaryIO) -> None:
        """Write the month's usage as a FOCUS file."""

    def list_usage(self, month: date) -> Iterator[dict[str, str]]:
        """The rows of that file, by column name."""
