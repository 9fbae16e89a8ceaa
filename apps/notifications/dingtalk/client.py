"""
The calls to DingTalk that Kboss makes, over REST.

The official SDK unpacks to 87 MB for them and lacks the work notice: docs/adr.
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from apps.notifications.dingtalk.errors import DingtalkRefused
from apps.notifications.dingtalk.wire import TokenIsStale, api_url, exchange, oapi_url

RESERVE = 300.0  # seconds before its end at which a token is no longer used
PAGE = 100
INSTANCE_PAGE = 20
ROOT_DEPARTMENT = 1
BY_HAND, HANDED_ON, REDIRECTED = "EXECUTE_TASK_NORMAL", "REDIRECT_TASK", "REDIRECTED"
STILL_OPEN = frozenset({"NEW", "RUNNING"})
LARGEST_TREE = 5000  # departments and people; beyond it something is wrong


@dataclass(frozen=True)
class Credentials:
    """One application at DingTalk."""

    app_key: str
    app_secret: str = field(repr=False)
    agent_id: str = ""

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"{self.app_key}\n{self.app_secret}".encode()).hexdigest()


@dataclass(frozen=True)
class Approvers:
    """One step of a path: all of them (AND), any of them (OR), or a single one (NONE)."""

    action: str
    userids: tuple[str, ...]


@dataclass(frozen=True)
class RemoteTask:
    task_id: int
    userid: str
    status: str
    result: str
    activity: str

    @property
    def is_open(self) -> bool:
        return self.status in STILL_OPEN


@dataclass(frozen=True)
class RemoteInstance:
    """A process instance as DingTalk tells it."""

    status: str
    result: str
    tasks: tuple[RemoteTask, ...]
    # (userid, result) → what he wrote, for decisions that a person made by hand. DingTalk also
    # agrees by itself, for repeated approvers or the applicant: that is nobody's decision.
    remarks: Mapping[tuple[str, str], str]
    values: Mapping[str, str]

    @property
    def is_open(self) -> bool:
        return self.status in STILL_OPEN


@dataclass(frozen=True)
class RemotePerson:
    userid: str
    unionid: str
    name: str
    mobile: str
    email: str


@dataclass(frozen=True)
class RemoteDepartment:
    dept_id: int
    name: str


class _Tokens:
    """
    Access tokens in the memory of this process: a cache outside of it would hold a secret.

    DingTalk gives the same token to everybody until it expires, so processes do not compete.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, tuple[str, float]] = {}

    def get(self, credentials: Credentials) -> str:
        with self._lock:
            token, until = self._known.get(credentials.fingerprint, ("", 0.0))
        if until > time.monotonic():
            return token
        asked = {"appKey": credentials.app_key, "appSecret": credentials.app_secret}
        answer = exchange("POST", api_url("/v1.0/oauth2/accessToken"), body=asked)
        until = time.monotonic() + float(answer["expireIn"]) - RESERVE
        with self._lock:
            self._known[credentials.fingerprint] = str(answer["accessToken"]), until
        return str(answer["accessToken"])

    def forget(self, credentials: Credentials) -> None:
        with self._lock:
            self._known.pop(credentials.fingerprint, None)

    def clear(self) -> None:
        with self._lock:
            self._known.clear()


tokens = _Tokens()


class DingtalkClient:
    """Every call may raise DingtalkRefused, DingtalkIsBusy or DingtalkIsSilent."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    # --- approvals
    def start_process(
        self,
        *,
        process_code: str,
        originator: str,
        approvers: Sequence[Approvers],
        values: Mapping[str, str],
    ) -> str:
        """The id of the new process instance."""
        answer = self._api(
            "POST",
            "/v1.0/workflow/processInstances",
            body={
                "originatorUserId": originator,
                "processCode": process_code,
                "deptId": -1,
                "approvers": [
                    {"actionType": step.action, "userIds": list(step.userids)} for step in approvers
                ],
                "formComponentValues": [
                    {"name": name, "value": value} for name, value in values.items()
                ],
            },
        )
        return str(answer["instanceId"])

    def get_process(self, process_instance_id: str) -> RemoteInstance:
        query = {"processInstanceId": process_instance_id}
        answer = self._api("GET", "/v1.0/workflow/processInstances", query=query)
        return _instance(answer["result"])

    def find_processes(self, process_code: str, since: datetime) -> Iterator[str]:
        """Ids of the instances of this form since then."""
        token: int | None = 0
        while token is not None:
            asked = {
                "processCode": process_code,
                "startTime": int(since.timestamp() * 1000),
                "nextToken": token,
                "maxResults": INSTANCE_PAGE,
            }
            path = "/v1.0/workflow/processes/instanceIds/query"
            result = self._api("POST", path, body=asked)["result"]
            yield from map(str, result["list"])
            token = int(result["nextToken"]) if result.get("nextToken") else None

    def terminate_process(self, process_instance_id: str, *, remark: str) -> None:
        asked = {"processInstanceId": process_instance_id, "isSystem": True, "remark": remark}
        self._api("POST", "/v1.0/workflow/processInstances/terminate", body=asked)

    def execute_task(
        self, *, process_instance_id: str, task_id: int, userid: str, result: str, remark: str
    ) -> None:
        """Agree or refuse at DingTalk, as this person did here."""
        self._api(
            "POST",
            "/v1.0/workflow/processInstances/execute",
            body={
                "processInstanceId": process_instance_id,
                "taskId": task_id,
                "result": result,
                "actionerUserId": userid,
                "remark": remark,
            },
        )

    # --- forms
    def form_fields(self, process_code: str) -> list[str]:
        """The names of the fields of a form."""
        query = {"processCode": process_code}
        answer = self._api("GET", "/v1.0/workflow/forms/schemas/processCodes", query=query)
        items = answer["result"]["schemaContent"]["items"]
        return [str(item["props"].get("label", "")) for item in items]

    def create_form(self, *, name: str, fields: Sequence[str]) -> str:
        """The process code of a new form with these text fields."""
        components = [
            {
                "componentType": "TextField",
                "props": {"componentId": f"TextField_kboss_{number}", "label": label},
            }
            for number, label in enumerate(fields)
        ]
        asked = {"name": name, "description": "Kboss", "formComponents": components}
        answer = self._api("POST", "/v1.0/workflow/forms", body=asked)
        return str(answer["result"]["processCode"])

    # --- messages
    def send_work_notice(self, userids: Sequence[str], *, title: str, text: str, url: str) -> str:
        """Queue a work notice, as a card with a button if there is a link; DingTalk's task id."""
        card: dict[str, Any] = {
            "msgtype": "action_card",
            "action_card": {
                "title": title,
                "markdown": f"### {title}\n\n{text}",
                "single_title": "查看详情",
                "single_url": url,
            },
        }
        plain = {"msgtype": "markdown", "markdown": {"title": title, "text": text}}
        answer = self._topapi(
            "/topapi/message/corpconversation/asyncsend_v2",
            {
                "agent_id": self._credentials.agent_id,
                "userid_list": ",".join(userids),
                "msg": card if url else plain,
            },
        )
        return str(answer["task_id"])

    # --- people
    def departments(self) -> list[RemoteDepartment]:
        """All departments, the root first."""
        found = [RemoteDepartment(ROOT_DEPARTMENT, "")]
        for parent in found:
            answer = self._topapi("/topapi/v2/department/listsub", {"dept_id": parent.dept_id})
            found += [
                RemoteDepartment(int(row["dept_id"]), str(row["name"])) for row in answer["result"]
            ]
            if len(found) > LARGEST_TREE:
                raise DingtalkRefused(provider_code="too many departments")
        return found

    def people(self, dept_id: int) -> Iterator[RemotePerson]:
        cursor: int | None = 0
        while cursor is not None:
            asked = {"dept_id": dept_id, "cursor": cursor, "size": PAGE}
            result = self._topapi("/topapi/v2/user/list", asked)["result"]
            yield from (_person(row) for row in result["list"])
            cursor = int(result["next_cursor"]) if result.get("has_more") else None

    def open_stream(self) -> tuple[str, str]:
        """Endpoint and ticket of the event stream."""
        answer = exchange(
            "POST",
            api_url("/v1.0/gateway/connections/open"),
            body={
                "clientId": self._credentials.app_key,
                "clientSecret": self._credentials.app_secret,
                "subscriptions": [{"type": "EVENT", "topic": "*"}],
                "ua": "kboss",
            },
        )
        return str(answer["endpoint"]), str(answer["ticket"])

    # --- the wire
    def _api(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        def ask(token: str) -> dict[str, Any]:
            headers = {"x-acs-dingtalk-access-token": token}
            return exchange(method, api_url(path), headers=headers, query=query, body=body)

        return self._with_token(ask)

    def _topapi(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        def ask(token: str) -> dict[str, Any]:
            return exchange("POST", oapi_url(path), query={"access_token": token}, body=body)

        return self._with_token(ask)

    def _with_token(self, ask: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """A stale token was refused before anything happened, so once more is safe."""
        try:
            return ask(tokens.get(self._credentials))
        except TokenIsStale:
            tokens.forget(self._credentials)
        try:
            return ask(tokens.get(self._credentials))
        except TokenIsStale:
            raise DingtalkRefused(provider_code="InvalidAuthentication") from None


def _instance(row: Mapping[str, Any]) -> RemoteInstance:
    return RemoteInstance(
        status=str(row["status"]),
        result=str(row.get("result") or ""),
        tasks=tuple(
            RemoteTask(
                task_id=int(task["taskId"]),
                userid=str(task["userId"]),
                status=str(task["status"]),
                result=str(task.get("result") or "NONE"),
                activity=str(task.get("activityId") or task["taskId"]),
            )
            for task in sorted(row.get("tasks") or (), key=lambda task: int(task["taskId"]))
        ),
        remarks={
            (str(record["userId"]), _act(record)): str(record.get("remark") or "")
            for record in row.get("operationRecords") or ()
            if record.get("type") in {BY_HAND, HANDED_ON}
        },
        values={
            str(value["name"]): str(value.get("value") or "")
            for value in row.get("formComponentValues") or ()
        },
    )


def _act(record: Mapping[str, Any]) -> str:
    """What somebody did by hand, in the word that his task has as its result."""
    return REDIRECTED if record["type"] == HANDED_ON else str(record.get("result") or "")


def _person(row: Mapping[str, Any]) -> RemotePerson:
    return RemotePerson(
        userid=str(row["userid"]),
        unionid=str(row.get("unionid") or ""),
        name=str(row.get("name") or ""),
        mobile=str(row.get("mobile") or ""),
        email=str(row.get("email") or ""),
    )
