"""The sandbox cloud from outside: its clock, and the month's file that it would send."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import requests

from apps.clouds.adapters.base import Credentials
from apps.clouds.adapters.sandbox import SandboxAdapter
from kboss.embedded import SIMULATOR_PORTS
from scripts.running import Running
from simulators.keys import CLOUD_ACCESS_KEYS


class SandboxCloud:
    def __init__(self, site: Running) -> None:
        base, _, port = site.url.rpartition(":")
        self.url = f"{base}:{int(port) + SIMULATOR_PORTS['cloud']}"
        access_key_id, secret = next(iter(CLOUD_ACCESS_KEYS.items()))
        self._adapter = SandboxAdapter(
            Credentials(endpoint=self.url, access_key_id=access_key_id, secret=secret)
        )

    def advance(self, hours: timedelta) -> datetime:
        """Move its clock; what it shows then."""
        answer = requests.post(
            f"{self.url}/control", json={"advance_seconds": hours.total_seconds()}, timeout=10
        )
        return datetime.fromisoformat(answer.json()["now"])

    def break_down(self, fault: str, *, action: str, seconds: float) -> None:
        """The next such action suffers from the fault."""
        body = {"fault": fault, "action": action, "seconds": seconds}
        requests.post(f"{self.url}/control", json=body, timeout=10)

    def has_made(self, token: str) -> bool:
        return self._adapter.find_by_token(token) is not None

    def count_instances(self) -> int:
        return len(self._adapter.list_instances())

    def bill(self, month: date) -> "VendorFile":
        content = io.BytesIO()
        self._adapter.download_bill(month, content)
        return VendorFile(content.getvalue())


class VendorFile:
    """A month in FOCUS columns, and what we make of it by head."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def lines_of(self, instance_id: str) -> list[dict[str, str]]:
        return [line for line in self._lines() if line["ResourceId"] == instance_id]

    def list_cost(self, instance_id: str) -> Decimal:
        return sum((Decimal(line["ListCost"]) for line in self.lines_of(instance_id)), Decimal())

    def _lines(self) -> Iterator[dict[str, str]]:
        text = self.content.decode("utf-8-sig")
        return csv.DictReader(io.StringIO(text, newline=""))


def fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def yuan(amount: Decimal) -> str:
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.2f}"
