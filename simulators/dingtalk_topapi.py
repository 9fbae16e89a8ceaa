"""The older half of DingTalk's API: HTTP 200 always, and an errcode inside."""

import secrets
from collections.abc import Callable
from typing import Any

from simulators.dingtalk_state import DingtalkRefuses, DingtalkState
from simulators.keys import DINGTALK_AGENT_ID
from simulators.store import Row
from simulators.wire import Reply, Request, json_reply

BAD_TOKEN, BAD_PARAMETER, NOT_FOUND = 40014, 400002, 60121
MOST_RECIPIENTS = 100


class TopApi:
    def __init__(self, state: DingtalkState, is_valid: Callable[[str], bool]) -> None:
        self._state, self._is_valid = state, is_valid

    def answer(self, request: Request) -> Reply:
        if not self._is_valid(request.parameters.get("access_token", "")):
            return _failure(BAD_TOKEN, "不合法的access_token")
        acts: dict[str, Callable[[Any], dict[str, object]]] = {
            "/topapi/message/corpconversation/asyncsend_v2": self._notice,
            "/topapi/v2/department/listsub": self._departments,
            "/topapi/v2/user/list": self._people,
        }
        act = acts.get(request.path)
        if act is None:
            return _failure(22, "不合法的方法名")
        try:
            return json_reply({"errcode": 0, "errmsg": "ok", **act(request.json())})
        except DingtalkRefuses as error:
            return _failure(NOT_FOUND, str(error.args[1]))
        except (KeyError, TypeError, ValueError) as error:
            return _failure(BAD_PARAMETER, f"参数错误 {error}")

    def _notice(self, asked: Any) -> dict[str, object]:
        if str(asked["agent_id"]) != DINGTALK_AGENT_ID:
            raise ValueError("agent_id")
        people = [person for person in str(asked["userid_list"]).split(",") if person]
        if not 0 < len(people) <= MOST_RECIPIENTS:
            raise ValueError("userid_list")
        kind = asked["msg"]["msgtype"]
        content = asked["msg"][kind]
        is_card = kind == "action_card"
        if is_card and not _is_card(content):
            raise ValueError("action_card")
        for userid in people:
            person = self._state.person(userid)
            self._state.add_message(
                "card" if is_card else "notice",
                person["userid"],
                str(content.get("title", "")),
                str(content.get("markdown") or content.get("text") or content.get("content", "")),
                str(content.get("single_url", "")),
            )
        return {"task_id": secrets.randbelow(10**12), "request_id": secrets.token_hex(8)}

    def _departments(self, asked: Any) -> dict[str, object]:
        parent = int(asked.get("dept_id", 1))
        rows = self._state.store.rows(
            "SELECT * FROM department WHERE parent = ? ORDER BY id", (parent,)
        )
        listed = [{"dept_id": r["id"], "name": r["name"], "parent_id": r["parent"]} for r in rows]
        return {"result": listed}

    def _people(self, asked: Any) -> dict[str, object]:
        begin, size = int(asked.get("cursor", 0)), int(asked["size"])
        rows = self._state.store.rows(
            "SELECT * FROM person WHERE department = ? ORDER BY userid", (int(asked["dept_id"]),)
        )
        page = rows[begin : begin + size]
        has_more = begin + size < len(rows)
        following = {"next_cursor": begin + size} if has_more else {}
        return {"result": {"has_more": has_more, "list": [_person(r) for r in page], **following}}


def _person(row: Row) -> dict[str, object]:
    return {
        "userid": row["userid"],
        "unionid": row["unionid"],
        "name": row["name"],
        "mobile": row["mobile"],
        "email": row["email"],
        "dept_id_list": [row["department"]],
    }


def _failure(code: int, message: str) -> Reply:
    return json_reply({"errcode": code, "errmsg": message, "request_id": secrets.token_hex(8)})


def _is_card(content: Any) -> bool:
    """One button over the whole card, as the real one wants it; buttons side by side are unused."""
    address = str(content["single_url"])
    texts = [content[name] for name in ("title", "markdown", "single_title")]
    return all(texts) and address.startswith(("http://", "https://", "dingtalk://"))
