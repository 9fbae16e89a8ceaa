"""The sandbox cloud over HTTP, with signed requests."""

import csv
import hashlib
import hmac
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO
from urllib.parse import quote, urlencode

import requests
from django.utils.translation import gettext_lazy as _
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random_exponential

from apps.clouds.adapters.base import (
    Balance,
    Capabilities,
    Capability,
    ChargeMode,
    Credentials,
    InstanceRequest,
    InstanceStatus,
    ListedPrice,
    Support,
    VendorInstance,
    VendorPriceList,
)
from apps.clouds.errors import VendorRefused, VendorThrottled, VendorUnknown
from apps.products.enums import BillingMode

ALGORITHM = "SANDBOX-HMAC-SHA256"
TIMEOUT = (2.0, 8.0)  # seconds to connect, seconds without a byte
UNITS: dict[str, str] = {
    "Hour": BillingMode.HOURLY,
    "Day": BillingMode.DAILY,
    "Month": BillingMode.MONTHLY,
    "Year": BillingMode.YEARLY,
}
MOST_PAGES = 1000
STOCK_OUT = "OperationDenied.NoStock"
STATUSES = {
    "Pending": InstanceStatus.PENDING,
    "Running": InstanceStatus.RUNNING,
    "Stopped": InstanceStatus.STOPPED,
    "Released": InstanceStatus.RELEASED,
}
CHARGE_MODES = {ChargeMode.SUBSCRIPTION: "PrePaid", ChargeMode.METERED: "PostPaid"}
SUPPORTED = (
    Capability.CREATE,
    Capability.RELEASE,
    Capability.BALANCE,
    Capability.SUB_ACCOUNTS,
    Capability.BILL_BY_HOUR,
    Capability.PRICE_LIST,
)
MISSING = {
    Capability.RENEW: _("Kboss keeps the term of a subscription itself."),
    Capability.RESIZE: _("Buy the new size, move, and release the old one."),
    Capability.REFUND: _("Releasing ends the charges; the price paid is refunded by Kboss."),
    Capability.CONSOLE: _("There is no console to sign in to."),
    Capability.REAL_NAME: _("Real-name verification is done in Kboss only."),
}

# Only for questions: they change nothing, so asking twice is harmless.
retry_read = retry(
    retry=retry_if_exception_type((VendorUnknown, VendorThrottled)),
    stop=stop_after_attempt(3),
    wait=wait_random_exponential(multiplier=0.1, max=1),
    reraise=True,
)


class SandboxAdapter:
    provider_name = "Sandbox Cloud"

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    def capabilities(self) -> Capabilities:
        able = {capability: Support(is_supported=True) for capability in SUPPORTED}
        return able | {name: Support(False, reason) for name, reason in MISSING.items()}

    def create_instance(self, request: InstanceRequest, client_token: str) -> VendorInstance:
        body = {
            "ClientToken": client_token,
            "RegionId": request.region,
            "InstanceType": request.instance_type,
            "InstanceName": request.name,
            "OwnerId": request.owner,
            "InstanceChargeType": CHARGE_MODES[request.charge_mode],
            "Period": request.periods,
            "Specification": dict(request.specification),
        }
        return _instance(self._json("POST", "/v1/instances", body=body))

    @retry_read
    def find_by_token(self, client_token: str) -> VendorInstance | None:
        found = self._described({"ClientToken": client_token})
        return found[0] if found else None

    @retry_read
    def describe_instance(self, instance_id: str) -> VendorInstance | None:
        found = self._described({"InstanceId": instance_id})
        return found[0] if found else None

    @retry_read
    def list_instances(self) -> list[VendorInstance]:
        return self._described({})

    def release_instance(self, instance_id: str) -> None:
        try:
            self._json("DELETE", f"/v1/instances/{quote(instance_id, safe='')}")
        except VendorRefused as error:
            if error.vendor_code != "InvalidInstanceId.NotFound":
                raise

    @retry_read
    def balance(self) -> Balance:
        answer = self._json("GET", "/v1/balance")
        try:
            available = Decimal(_text(answer, "AvailableAmount"))
        except InvalidOperation as error:
            raise VendorUnknown from error
        return Balance(available, _text(answer, "Currency"))

    @retry_read
    def price_list(self) -> VendorPriceList:
        """Page by page; a list that changed between two pages is no list."""
        pages = [self._page_of_prices("")]
        while token := pages[-1].get("NextToken"):
            if len(pages) >= MOST_PAGES:
                raise VendorUnknown
            pages.append(self._page_of_prices(str(token)))
        head = {(_text(page, "AsOf"), _text(page, "Currency")) for page in pages}
        if len(head) != 1:
            raise VendorUnknown
        [(as_of, currency)] = head
        rows = [_listed(row) for page in pages for row in page["Prices"]]
        once = {(row.sku, row.unit): row for row in rows}
        return VendorPriceList(_moment(as_of), currency, tuple(once.values()))

    def _page_of_prices(self, token: str) -> dict[str, Any]:
        page = self._json("GET", "/v1/prices", query={"NextToken": token} if token else None)
        if not isinstance(page.get("Prices"), list):
            raise VendorUnknown
        return page

    @retry_read
    def download_bill(self, month: date, target: BinaryIO) -> None:
        target.write(self._send("GET", f"/v1/bills/{month:%Y-%m}.csv").content)

    def list_usage(self, month: date) -> Iterator[dict[str, str]]:
        file = io.BytesIO()
        self.download_bill(month, file)
        yield from csv.DictReader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline=""))

    def _described(self, query: dict[str, str]) -> list[VendorInstance]:
        rows = self._json("GET", "/v1/instances", query=query).get("Instances")
        if not isinstance(rows, list):
            raise VendorUnknown
        once = {instance.id: instance for instance in map(_instance, rows)}
        return list(once.values())

    def _json(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        try:
            answer = self._send(method, path, query=query, body=body).json()
        except requests.JSONDecodeError as error:
            raise VendorUnknown from error
        if not isinstance(answer, dict):
            raise VendorUnknown
        return answer

    def _send(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: dict[str, Any] | None = None,
    ) -> requests.Response:
        """One request, never repeated here. :raises VendorUnknown: when no clear answer came"""
        content = json.dumps(body, sort_keys=True).encode() if body is not None else b""
        encoded = urlencode(sorted((query or {}).items()), quote_via=quote)
        try:
            answer = requests.request(
                method,
                f"{self._credentials.endpoint}{path}{encoded and '?'}{encoded}",
                data=content,
                headers=self._signed(method, path, encoded, content),
                timeout=TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise VendorUnknown from error
        _check(answer)
        return answer

    def _signed(self, method: str, path: str, query: str, content: bytes) -> dict[str, str]:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        digest = hashlib.sha256(content).hexdigest()
        facts = "\n".join((ALGORITHM, moment, method, path, query, digest))
        signature = hmac.new(self._credentials.secret.encode(), facts.encode(), "sha256")
        credential = f"Credential={self._credentials.access_key_id}"
        return {
            "Authorization": f"{ALGORITHM} {credential},Signature={signature.hexdigest()}",
            "X-Sandbox-Date": moment,
            "Content-Type": "application/json",
        }


def _check(answer: requests.Response) -> None:
    """
    Tell a clear no from an unclear answer.

    :raises VendorRefused: the cloud understood, and did nothing
    :raises VendorThrottled: the cloud did nothing and wants to be asked later
    :raises VendorUnknown: anything else, 500 included: it may have acted before it broke
    """
    if answer.status_code == requests.codes.ok:
        return
    if answer.status_code == requests.codes.too_many_requests:
        raise VendorThrottled
    try:
        code = answer.json()["Code"]
    except (requests.JSONDecodeError, KeyError, TypeError) as error:
        raise VendorUnknown from error
    if not 400 <= answer.status_code < 500 or not isinstance(code, str):
        raise VendorUnknown
    raise VendorRefused(vendor_code=code[:100], is_stock_out=code == STOCK_OUT)


def _instance(row: object) -> VendorInstance:
    """:raises VendorUnknown: unless it is an instance as documented"""
    if not isinstance(row, dict) or row.get("Status") not in STATUSES:
        raise VendorUnknown
    return VendorInstance(
        id=_text(row, "InstanceId"),
        status=STATUSES[row["Status"]],
        region=_text(row, "RegionId"),
        name=_text(row, "InstanceName"),
        token=_text(row, "ClientToken"),
        public_ip=row.get("PublicIpAddress") or None,
        private_ip=row.get("PrivateIpAddress") or None,
    )


def _text(row: dict[str, Any], name: str) -> str:
    found = row.get(name)
    if not isinstance(found, str):
        raise VendorUnknown
    return found


def _listed(row: object) -> ListedPrice:
    """:raises VendorUnknown: unless it is a price as documented"""
    if not isinstance(row, dict):
        raise VendorUnknown
    listed, start = row.get("ListPrice"), row.get("EffectiveTime")
    return ListedPrice(
        sku=_text(row, "SkuId"),
        unit=_unit(row.get("ChargeUnit")),
        unit_cost=_amount(_text(row, "Price")),
        list_price=None if listed is None else _amount(_text(row, "ListPrice")),
        effective_from=None if start is None else _moment(_text(row, "EffectiveTime")),
    )


def _unit(name: object) -> str:
    """A unit that we do not sell stays as it is, and fits no SKU."""
    if name is None:
        return ""
    return UNITS.get(name, name) if isinstance(name, str) else "?"


def _amount(text: str) -> Decimal:
    """:raises VendorUnknown: unless it is a figure, and not below nothing"""
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise VendorUnknown from error
    if not amount.is_finite() or amount < 0:
        raise VendorUnknown
    return amount


def _moment(text: str) -> datetime:
    """:raises VendorUnknown: unless it is a moment of a known zone"""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise VendorUnknown from error
    if moment.tzinfo is None:
        raise VendorUnknown
    return moment
