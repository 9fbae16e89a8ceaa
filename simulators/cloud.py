"""
The sandbox cloud over HTTP.

    POST   /v1/instances                RunInstances: ClientToken, RegionId, InstanceType, …
    GET    /v1/instances?InstanceId=    DescribeInstances, also by ClientToken
    DELETE /v1/instances/{id}           ReleaseInstance
    GET    /v1/balance                  money left
    GET    /v1/bills/{month}.csv        FOCUS 1.0 usage of a month
    GET    /v1/prices?NextToken=        DescribePrices: what each SKU costs, 100 a page
    POST   /control                     {"fault": …} | {"stock": …} | {"advance_seconds": …} | …

Everything below /v1/ is signed (simulators.signatures), the control door is for tests and demos.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

from simulators import cloud_bill
from simulators.cloud_state import CloudRefused, CloudState, Instance, price_key
from simulators.faults import Faults
from simulators.keys import CLOUD_ACCESS_KEYS
from simulators.signatures import SignatureIsWrong, check_cloud
from simulators.wire import Reply, Request, Server, json_reply, serve_http

PAGE = 100


@dataclass
class CloudServer(Server):
    faults: Faults
    state: CloudState

    def stop(self) -> None:
        super().stop()
        self.state.close()


class Cloud:
    def __init__(self, state: CloudState, faults: Faults, secrets: Mapping[str, str]) -> None:
        self._state, self._faults, self._secrets = state, faults, secrets

    def answer(self, request: Request) -> Reply:
        if request.path == "/control":
            return self._control(request)
        try:
            account = check_cloud(request, self._secrets, datetime.now(UTC))
            name, act = self._action(request, account)
        except SignatureIsWrong as error:
            return _refusal(str(error), 403)
        except CloudRefused as error:
            return _refusal(error.code, error.status)
        fault = self._faults.take(name)
        if fault is None:
            return _tried(act)
        if name == "DescribeInstances" and fault.kind == "duplicate":
            return self._describe(request, account, times=2)
        if name == "DescribePrices" and fault.kind == "duplicate":
            return self._prices(request, times=2)
        return fault.spoil(lambda: _tried(act))

    def _action(self, request: Request, account: str) -> tuple[str, Callable[[], Reply]]:
        """What the request asks for. :raises CloudRefused: if there is no such action"""
        root, _, rest = request.path.removeprefix("/v1/").partition("/")
        match request.method, root, rest:
            case "POST", "instances", "":
                return "RunInstances", lambda: self._run(request, account)
            case "GET", "instances", "":
                return "DescribeInstances", lambda: self._describe(request, account)
            case "DELETE", "instances", _:
                return "ReleaseInstance", lambda: self._release(account, unquote(rest))
            case "GET", "balance", "":
                return "DescribeBalance", lambda: self._balance(account)
            case "GET", "prices", "":
                return "DescribePrices", lambda: self._prices(request)
            case "GET", "bills", _:
                return "DownloadBill", lambda: self._bill(account, rest.removesuffix(".csv"))
        raise CloudRefused("InvalidAction.NotFound", 404)

    def _run(self, request: Request, account: str) -> Reply:
        try:
            parameters = request.json()
        except ValueError:
            return _refusal("InvalidParameter", 400)
        if self._left(account) <= 0:
            return _refusal("InvalidAccountStatus.NotEnoughBalance", 403)
        instance = self._state.run_instance(account, parameters)
        return json_reply(self._shown(instance))

    def _describe(self, request: Request, account: str, times: int = 1) -> Reply:
        asked = request.parameters
        found = self._state.find(
            account,
            instance_id=asked.get("InstanceId", ""),
            token=asked.get("ClientToken", ""),
        )
        return json_reply({"Instances": [self._shown(instance) for instance in found] * times})

    def _release(self, account: str, instance_id: str) -> Reply:
        return json_reply(self._shown(self._state.release(account, instance_id)))

    def _balance(self, account: str) -> Reply:
        return json_reply({"AvailableAmount": f"{self._left(account):.2f}", "Currency": "CNY"})

    def _bill(self, account: str, month: str) -> Reply:
        try:
            content = cloud_bill.bill(self._state.find(account), month, self._state.now())
        except ValueError:
            return _refusal("InvalidParameter.BillingCycle", 400)
        return Reply(200, content.encode("utf-8-sig"), "text/csv; charset=utf-8")

    def _prices(self, request: Request, times: int = 1) -> Reply:
        """A page begins after the SKU that its token names."""
        token = request.parameters.get("NextToken", "")
        rows = self._state.prices(after=token, most=PAGE + 1)
        shown = rows[:PAGE] * times
        return json_reply(
            {
                "AsOf": self._state.prices_as_of().isoformat(),
                "Currency": "CNY",
                "Prices": shown,
                "NextToken": price_key(rows[PAGE - 1]) if len(rows) > PAGE else "",
            }
        )

    def _left(self, account: str) -> Decimal:
        spent = cloud_bill.spent(self._state.find(account), self._state.now())
        return self._state.opening_balance() - spent

    def _shown(self, instance: Instance) -> dict[str, object]:
        address = int(instance.id[2:8], 16)
        return {
            "InstanceId": instance.id,
            "InstanceName": instance.text("InstanceName"),
            "Status": instance.status(self._state.now()),
            "RegionId": instance.text("RegionId"),
            "InstanceType": instance.text("InstanceType"),
            "ClientToken": instance.token,
            "OwnerId": instance.text("OwnerId"),
            "PublicIpAddress": f"203.0.113.{address % 254 + 1}",
            "PrivateIpAddress": f"10.0.{address // 254 % 254}.{address % 254 + 1}",
            "CreationTime": instance.created_at.isoformat(),
            "ReleasedTime": instance.released_at and instance.released_at.isoformat(),
        }

    def _control(self, request: Request) -> Reply:
        """The door for tests and demos. Values are trusted: whoever sends them owns the sandbox."""
        asked = request.json()
        if "fault" in asked:
            self._faults.add(
                str(asked["fault"]),
                str(asked.get("action", "*")),
                int(str(asked.get("times", 1))),
                float(str(asked.get("seconds", 30))),
            )
        if "stock" in asked:
            self._state.set_stock(str(asked["instance_type"]), int(str(asked["stock"])))
        if "balance" in asked:
            self._state.set_opening_balance(Decimal(str(asked["balance"])))
        if "advance_seconds" in asked:
            self._state.advance(float(str(asked["advance_seconds"])))
        if "prices" in asked:
            self._state.publish_prices(asked["prices"])
        if "boot_seconds" in asked:
            self._state.boot_seconds = float(str(asked["boot_seconds"]))
        if asked.get("clear"):
            self._faults.clear()
        return json_reply({"now": self._state.now().isoformat()})


def serve(
    port: int = 0,
    *,
    secrets: Mapping[str, str] = CLOUD_ACCESS_KEYS,
    directory: Path | None = None,
    boot_seconds: float = 3.0,
) -> CloudServer:
    """
    Start the sandbox cloud for the access keys in `secrets`; state lives in `directory`.

    :raises SimulatorsAreForbidden: in production
    """
    state, faults = CloudState(directory, boot_seconds=boot_seconds), Faults()
    server = serve_http(Cloud(state, faults, secrets).answer, port=port)
    return CloudServer(server.url, server.stop, faults, state)


def _tried(act: Callable[[], Reply]) -> Reply:
    try:
        return act()
    except CloudRefused as error:
        return _refusal(error.code, error.status)


def _refusal(code: str, status: int) -> Reply:
    return json_reply({"Code": code, "Message": f"The request was refused: {code}"}, status)
