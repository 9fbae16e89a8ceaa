"""
The sandbox DingTalk: tokens, process instances, messages, people, the stream gateway, and a page.

    POST /v1.0/oauth2/accessToken           GET /gettoken is not offered any more
    POST /v1.0/workflow/processInstances    GET …?processInstanceId=   …/terminate   …/execute
    GET  /v1.0/workflow/forms/schemas/processCodes      POST /v1.0/workflow/forms
    POST /v1.0/workflow/processes/instanceIds/query
    POST /v1.0/gateway/connections/open
    POST /topapi/…                          work notices, departments, people
    GET|POST /                              the page where approvers agree and refuse
    POST /control                           {"people": […]} | {"callback": {…}} | {"fault": …} | …
"""

import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.dingtalk_events import EventSender, Stream
from simulators.dingtalk_page import DingtalkPage
from simulators.dingtalk_state import DingtalkRefuses, DingtalkState, Start
from simulators.dingtalk_topapi import TopApi
from simulators.faults import Faults
from simulators.keys import (
    DINGTALK_APP_KEY,
    DINGTALK_APP_SECRET,
    DINGTALK_CORP_ID,
)
from simulators.store import Row
from simulators.wire import Reply, Request, Server, json_reply, serve_http

TOKEN_SECONDS = 7200
RETRY_DELAYS = (1.0, 5.0, 15.0, 60.0, 300.0)
Answer = dict[str, object]


@dataclass
class DingtalkServer(Server):
    state: DingtalkState
    faults: Faults
    stream: Stream
    sender: EventSender
    tokens: "Tokens"

    def stop(self) -> None:
        self.sender.stop()
        self.stream.stop()
        super().stop()
        self.state.store.close()


class Tokens:
    """Access tokens of the one application; the same token until it expires, as DingTalk does."""

    def __init__(self) -> None:
        self._token, self._until = "", 0.0
        self.issued = 0

    def issue(self) -> str:
        if self._until <= time.monotonic():
            self._token = secrets.token_hex(16)
            self._until = time.monotonic() + TOKEN_SECONDS
            self.issued += 1
        return self._token

    def is_valid(self, token: str) -> bool:
        is_ours = bool(self._token) and hmac.compare_digest(token, self._token)
        return is_ours and self._until > time.monotonic()

    def expire(self) -> None:
        self._until = 0.0


class Dingtalk:
    def __init__(
        self, state: DingtalkState, faults: Faults, stream: Stream, tokens: Tokens
    ) -> None:
        self._state, self._faults, self._stream, self._tokens = state, faults, stream, tokens
        self._page = DingtalkPage(state)
        self._topapi = TopApi(state, tokens.is_valid)
        self._open: dict[str, Callable[[Request], Reply]] = {
            "/v1.0/oauth2/accessToken": self._token,
            "/v1.0/gateway/connections/open": self._gateway,
            "/control": self._control,
        }
        self._guarded: dict[tuple[str, str], Callable[[Request], object]] = {
            ("POST", "/v1.0/workflow/processInstances"): self._start,
            ("GET", "/v1.0/workflow/processInstances"): self._read,
            ("POST", "/v1.0/workflow/processInstances/terminate"): self._terminate,
            ("POST", "/v1.0/workflow/processInstances/execute"): self._execute,
            ("POST", "/v1.0/workflow/processes/instanceIds/query"): self._list,
            ("GET", "/v1.0/workflow/forms/schemas/processCodes"): self._schema,
            ("POST", "/v1.0/workflow/forms"): self._save_form,
        }

    def answer(self, request: Request) -> Reply:
        if request.method == "POST" and request.path in self._open:
            return self._open[request.path](request)
        fault = None if request.path == "/" else self._faults.take(request.path)
        if fault is not None:
            return fault.spoil(lambda: self._served(request))
        return self._served(request)

    def _served(self, request: Request) -> Reply:
        if request.path.startswith("/topapi/"):
            return self._topapi.answer(request)
        act = self._guarded.get((request.method, request.path))
        if act is None:
            return self._page.answer(request)
        if not self._tokens.is_valid(request.headers.get("x-acs-dingtalk-access-token", "")):
            return _failure("InvalidAuthentication", "不合法的access_token", 401)
        try:
            return json_reply(act(request))
        except DingtalkRefuses as error:
            return _failure(str(error.args[0]), str(error.args[1]), 400)
        except (KeyError, TypeError, ValueError) as error:
            return _failure("MissingParameter", str(error), 400)

    # --- identity
    def _token(self, request: Request) -> Reply:
        asked = request.json()
        if not _is_app(asked.get("appKey"), asked.get("appSecret")):
            return _failure("invalidClientIdOrSecret", "无效的clientId或者clientSecret", 400)
        return json_reply({"accessToken": self._tokens.issue(), "expireIn": TOKEN_SECONDS})

    def _gateway(self, request: Request) -> Reply:
        fault = self._faults.take(request.path)
        if fault is not None:
            return fault.spoil(lambda: json_reply({}))
        asked = request.json()
        if not _is_app(asked.get("clientId"), asked.get("clientSecret")):
            return _failure("authFailed", "鉴权失败", 401)
        if not asked.get("subscriptions"):
            return _failure("param.error", "subscriptions", 400)
        endpoint = f"ws://127.0.0.1:{self._stream.port}/connect"
        return json_reply({"endpoint": endpoint, "ticket": self._stream.ticket()})

    # --- process instances
    def _start(self, request: Request) -> Answer:
        asked: Any = request.json()
        number = self._state.start(
            Start(
                code=str(asked["processCode"]),
                originator=str(asked["originatorUserId"]),
                approvers=asked.get("approvers") or (),
                values=asked["formComponentValues"],
            )
        )
        return {"instanceId": number}

    def _read(self, request: Request) -> Answer:
        instance = self._state.instance(request.parameters.get("processInstanceId", ""))
        number = instance["id"]
        shown = {
            "title": instance["title"],
            "businessId": str(instance["created"]),
            "originatorUserId": instance["originator"],
            "createTime": instance["created_at"],
            "finishTime": instance["finished_at"] or None,
            "status": instance["status"],
            "result": instance["result"],
            "formComponentValues": json.loads(instance["content"]),
            "tasks": [_task(row) for row in self._state.tasks(number)],
            "operationRecords": [_record(row) for row in self._state.records(number)],
        }
        return {"result": shown, "success": True}

    def _terminate(self, request: Request) -> Answer:
        asked = request.json()
        userid, remark = str(asked.get("operatingUserId", "")), str(asked.get("remark", ""))
        self._state.terminate(str(asked["processInstanceId"]), userid, remark)
        return {"result": True, "success": True}

    def _execute(self, request: Request) -> Answer:
        asked = request.json()
        result = str(asked["result"]).upper()
        if result not in {"AGREE", "REFUSE"}:
            raise DingtalkRefuses("param.error", "result")
        self._state.decide(
            int(str(asked["taskId"])),
            str(asked["actionerUserId"]),
            result,
            str(asked.get("remark", "")),
        )
        return {"result": True, "success": True}

    def _list(self, request: Request) -> Answer:
        asked: Any = request.json()
        code, start = str(asked["processCode"]), int(asked["startTime"])
        found = self._state.instances(code, start, int(asked.get("endTime", 1 << 62)))
        begin, size = int(asked.get("nextToken", 0)), int(asked.get("maxResults", 20))
        page = found[begin : begin + size]
        more = {"nextToken": str(begin + size)} if begin + size < len(found) else {}
        return {"result": {"list": page, **more}, "success": True}

    # --- forms and cards
    def _schema(self, request: Request) -> Answer:
        form = self._state.form(request.parameters.get("processCode", ""))
        items = [
            {
                "componentName": "TextField",
                "props": {"componentId": f"TextField_{n}", "label": name},
            }
            for n, name in enumerate(json.loads(form["fields"]))
        ]
        shown = {
            "formCode": form["code"],
            "name": form["name"],
            "status": "PUBLISHED",
            "schemaContent": {"title": form["name"], "items": items},
        }
        return {"result": shown, "success": True}

    def _save_form(self, request: Request) -> Answer:
        asked: Any = request.json()
        fields = [str(item["props"]["label"]) for item in asked["formComponents"]]
        code = self._state.save_form(str(asked.get("processCode", "")), asked["name"], fields)
        return {"result": {"processCode": code}}

    # --- what only a sandbox has
    def _control(self, request: Request) -> Reply:
        asked: Any = request.json()
        self._settle_in(asked)
        if "fault" in asked:
            self._faults.add(str(asked["fault"]), str(asked.get("action", "*")))
        if "lose_events" in asked:
            self._state.lost_events = int(asked["lose_events"])
        if "disconnect" in asked:
            self._stream.disconnect(politely=asked["disconnect"] == "politely")
        if asked.get("expire_tokens"):
            self._tokens.expire()
        return json_reply({"ok": True})

    def _settle_in(self, asked: Any) -> None:
        """People, forms and the address of callbacks: what a console is for."""
        for department in asked.get("departments", ()):
            self._state.add_department(
                int(department["id"]), department["name"], int(department.get("parent", 1))
            )
        for person in asked.get("people", ()):
            self._state.add_person(person)
        for form in asked.get("forms", ()):
            self._state.save_form(form["code"], form["name"], form["fields"])
        if "callback" in asked:
            self._state.set_callback(**asked["callback"])


def serve(
    port: int = 0,
    *,
    stream_port: int = 0,
    directory: Path | None = None,
    retry_delays: tuple[float, ...] = RETRY_DELAYS,
) -> DingtalkServer:
    """
    Start the sandbox DingTalk; it knows one application, of `simulators.keys`.

    :raises SimulatorsAreForbidden: in production
    """
    stream = Stream(stream_port)
    state, faults, tokens = DingtalkState(directory, DINGTALK_CORP_ID), Faults(), Tokens()
    state.add_department(1, "Kboss", 0)
    server = serve_http(Dingtalk(state, faults, stream, tokens).answer, port=port)
    sender = EventSender(state, stream, DINGTALK_APP_KEY, retry_delays)
    return DingtalkServer(server.url, server.stop, state, faults, stream, sender, tokens)


def _is_app(key: object, secret: object) -> bool:
    is_known = key == DINGTALK_APP_KEY
    return is_known and hmac.compare_digest(str(secret), DINGTALK_APP_SECRET)


def _failure(code: str, message: str, status: int) -> Reply:
    content: Mapping[str, str] = {
        "code": code,
        "message": message,
        "requestid": secrets.token_hex(8).upper(),
    }
    return json_reply(content, status)


def _task(row: Row) -> Answer:
    return {
        "taskId": row["id"],
        "userId": row["userid"],
        "status": row["status"],
        "result": row["result"],
        "createTime": row["created_at"],
        "finishTime": row["finished_at"] or None,
        "activityId": f"step_{row['position']}",
    }


def _record(row: Row) -> Answer:
    return {
        "userId": row["userid"],
        "date": row["at"],
        "type": row["type"],
        "result": row["result"],
        "remark": row["remark"],
    }
