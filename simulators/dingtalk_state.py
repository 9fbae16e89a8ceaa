"""What the sandbox DingTalk remembers: people, forms, process instances, messages, events."""

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from simulators.store import Row, Store

SHANGHAI = ZoneInfo("Asia/Shanghai")
RUNNING, COMPLETED, CANCELED, TERMINATED = "RUNNING", "COMPLETED", "CANCELED", "TERMINATED"
AGREE, REFUSE, NONE, REDIRECTED = "AGREE", "REFUSE", "NONE", "REDIRECTED"
SCHEMA = """
CREATE TABLE IF NOT EXISTS department (id INTEGER PRIMARY KEY, name TEXT, parent INTEGER);
CREATE TABLE IF NOT EXISTS person (
    userid TEXT PRIMARY KEY, unionid TEXT, name TEXT, mobile TEXT, email TEXT, department INTEGER);
CREATE TABLE IF NOT EXISTS form (code TEXT PRIMARY KEY, name TEXT, fields TEXT);
CREATE TABLE IF NOT EXISTS instance (
    id TEXT PRIMARY KEY, code TEXT, originator TEXT, title TEXT, content TEXT, approvers TEXT,
    position INTEGER, status TEXT, result TEXT, created_at TEXT, created INTEGER, finished_at TEXT);
CREATE TABLE IF NOT EXISTS task (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT, userid TEXT, position INTEGER,
    status TEXT, result TEXT, created_at TEXT, finished_at TEXT);
CREATE TABLE IF NOT EXISTS record (
    instance TEXT, userid TEXT, type TEXT, result TEXT, remark TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS message (
    id TEXT PRIMARY KEY, kind TEXT, userid TEXT, title TEXT, text TEXT, url TEXT, at TEXT);
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, kind TEXT, content TEXT, due REAL, attempts INTEGER, answer TEXT,
    born INTEGER);
CREATE TABLE IF NOT EXISTS callback (url TEXT, token TEXT, aes_key TEXT);
"""


class DingtalkRefuses(Exception):
    """`args` are DingTalk's code and its sentence."""


@dataclass(frozen=True)
class Start:
    code: str
    originator: str
    approvers: Sequence[Mapping[str, object]]
    values: Sequence[Mapping[str, object]]


class DingtalkState:
    def __init__(self, directory: Path | None, corp_id: str) -> None:
        self.store = Store(directory / "dingtalk.sqlite3" if directory else None, SCHEMA)
        self.corp_id = corp_id
        self.lost_events = 0  # so many of the next events never leave the house

    # --- people and forms
    def add_department(self, number: int, name: str, parent: int = 1) -> None:
        self.store.execute("REPLACE INTO department VALUES (?, ?, ?)", (number, name, parent))

    def add_person(self, person: Mapping[str, object]) -> None:
        fields = ("userid", "unionid", "name", "mobile", "email")
        values = [str(person.get(field, "")) for field in fields]
        department = int(str(person.get("department", 1)))
        self.store.execute("REPLACE INTO person VALUES (?, ?, ?, ?, ?, ?)", (*values, department))

    def person(self, userid: str) -> Row:
        """:raises DingtalkRefuses: if there is nobody of this id"""
        row = self.store.row("SELECT * FROM person WHERE userid = ?", (userid,))
        if row is None:
            raise DingtalkRefuses("staff.notExist", "员工不存在")
        return row

    def save_form(self, code: str, name: str, fields: Sequence[str]) -> str:
        code = code or f"PROC-{secrets.token_hex(8).upper()}"
        values = (code, name, json.dumps(list(fields), ensure_ascii=False))
        self.store.execute("REPLACE INTO form VALUES (?, ?, ?)", values)
        return code

    def form(self, code: str) -> Row:
        """:raises DingtalkRefuses: if there is no such form"""
        row = self.store.row("SELECT * FROM form WHERE code = ?", (code,))
        if row is None:
            raise DingtalkRefuses("processCode.error", "流程编码不存在")
        return row

    # --- instances
    def start(self, start: Start) -> str:
        """:raises DingtalkRefuses: an unknown form, field or person"""
        form = self.form(start.code)
        known = set(json.loads(form["fields"]))
        unknown = [str(v.get("name")) for v in start.values if v.get("name") not in known]
        if unknown:
            raise DingtalkRefuses("formComponent.error", f"表单控件不存在：{'、'.join(unknown)}")
        originator = self.person(start.originator)
        for step in start.approvers:
            for userid in _users(step):
                self.person(userid)
        if not start.approvers:
            raise DingtalkRefuses("approvers.empty", "审批人不能为空")
        number = secrets.token_urlsafe(16)
        title = f"{originator['name']}提交的{form['name']}"
        values = (
            number,
            start.code,
            start.originator,
            title,
            json.dumps(list(start.values), ensure_ascii=False),
            json.dumps(list(start.approvers)),
            -1,
            RUNNING,
            "",
            clock(),
            _milliseconds(),
            "",
        )
        with self.store.transaction():
            self.store.execute(
                "INSERT INTO instance VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values
            )
            self._record(number, start.originator, "START_PROCESS_INSTANCE", NONE, "")
            self._tell_instance(number, "start")
            self._open_next(number)
        return number

    def instance(self, number: str) -> Row:
        """:raises DingtalkRefuses: if there is none of this id"""
        row = self.store.row("SELECT * FROM instance WHERE id = ?", (number,))
        if row is None:
            raise DingtalkRefuses("processInstance.notExist", "审批实例不存在")
        return row

    def instances(self, code: str, start: int, end: int) -> list[str]:
        rows = self.store.rows(
            "SELECT id FROM instance WHERE code = ? AND created BETWEEN ? AND ? ORDER BY created",
            (code, start, end),
        )
        return [row["id"] for row in rows]

    def tasks(self, number: str) -> list[Row]:
        return self.store.rows("SELECT * FROM task WHERE instance = ? ORDER BY id", (number,))

    def records(self, number: str) -> list[Row]:
        return self.store.rows("SELECT * FROM record WHERE instance = ?", (number,))

    def decide(self, task_id: int, userid: str, result: str, remark: str) -> None:
        """
        Agree or refuse as the person would.

        :raises DingtalkRefuses: unless the task is his, and open
        """
        with self.store.transaction():
            task = self.store.row("SELECT * FROM task WHERE id = ?", (task_id,))
            if task is None or task["userid"] != userid:
                raise DingtalkRefuses("task.notExist", "任务不存在")
            if task["status"] != RUNNING:
                raise DingtalkRefuses("task.finished", "任务已处理")
            self._close_task(task, COMPLETED, result)
            self._record(task["instance"], userid, "EXECUTE_TASK_NORMAL", result, remark)
            if result == REFUSE:
                self._finish(task["instance"], COMPLETED, "refuse")
            elif self._step_is_done(task):
                self._cancel_open(task["instance"])
                self._open_next(task["instance"])

    def redirect(self, task_id: int, userid: str, to: str, remark: str) -> None:
        """
        Hand the task on as the person would (转交).

        :raises DingtalkRefuses: unless the task is his, and open, and the other is there
        """
        with self.store.transaction():
            task = self.store.row("SELECT * FROM task WHERE id = ?", (task_id,))
            if task is None or task["userid"] != userid:
                raise DingtalkRefuses("task.notExist", "任务不存在")
            if task["status"] != RUNNING:
                raise DingtalkRefuses("task.finished", "任务已处理")
            self.person(to)
            self._close_task(task, COMPLETED, REDIRECTED)
            self._record(task["instance"], userid, "REDIRECT_TASK", NONE, remark)
            self._add_task(task["instance"], to, task["position"])
            self._tell_task(self.tasks(task["instance"])[-1], "start", "")

    def terminate(self, number: str, userid: str, remark: str) -> None:
        """:raises DingtalkRefuses: if it has ended already"""
        with self.store.transaction():
            if self.instance(number)["status"] != RUNNING:
                raise DingtalkRefuses("processInstance.finished", "审批实例已结束")
            self._record(number, userid, "TERMINATE_PROCESS_INSTANCE", NONE, remark)
            self._finish(number, TERMINATED, "")

    def _open_next(self, number: str) -> None:
        instance = self.instance(number)
        position, steps = instance["position"] + 1, json.loads(instance["approvers"])
        if position >= len(steps):
            self._finish(number, COMPLETED, "agree")
            return
        self.store.execute("UPDATE instance SET position = ? WHERE id = ?", (position, number))
        for userid in _users(steps[position]):
            self._add_task(number, userid, position)
        for task in self.tasks(number):
            if task["position"] == position:
                self._tell_task(task, "start", "")

    def _add_task(self, number: str, userid: str, position: int) -> None:
        self.store.execute(
            "INSERT INTO task (instance, userid, position, status, result, created_at,"
            " finished_at) VALUES (?, ?, ?, ?, ?, ?, '')",
            (number, userid, position, RUNNING, NONE, clock()),
        )

    def _step_is_done(self, task: Row) -> bool:
        step = json.loads(self.instance(task["instance"])["approvers"])[task["position"]]
        waits = [
            other
            for other in self.tasks(task["instance"])
            if other["position"] == task["position"] and other["status"] == RUNNING
        ]
        return step.get("actionType") == "OR" or not waits

    def _finish(self, number: str, status: str, result: str) -> None:
        self._cancel_open(number)
        self.store.execute(
            "UPDATE instance SET status = ?, result = ?, finished_at = ? WHERE id = ?",
            (status, result, clock(), number),
        )
        self._tell_instance(number, "finish" if status == COMPLETED else "terminate")

    def _cancel_open(self, number: str) -> None:
        for task in self.tasks(number):
            if task["status"] == RUNNING:
                self._close_task(task, CANCELED, NONE)

    def _close_task(self, task: Row, status: str, result: str) -> None:
        self.store.execute(
            "UPDATE task SET status = ?, result = ?, finished_at = ? WHERE id = ?",
            (status, result, clock(), task["id"]),
        )
        change = "finish" if status == COMPLETED else "cancel"
        self._tell_task(task, change, result.lower() if status == COMPLETED else "")

    def _record(self, number: str, userid: str, kind: str, result: str, remark: str) -> None:
        values = (number, userid, kind, result, remark, clock())
        self.store.execute("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?)", values)

    # --- messages
    def add_message(self, kind: str, userid: str, title: str, text: str, url: str) -> str:
        number = secrets.token_hex(10)
        self.store.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, kind, userid, title, text, url, clock()),
        )
        return number

    def messages(self, userid: str = "") -> list[Row]:
        return self.store.rows(
            "SELECT * FROM message WHERE ? IN ('', userid) ORDER BY at DESC, rowid DESC LIMIT 100",
            (userid,),
        )

    # --- events
    def _tell_instance(self, number: str, change: str) -> None:
        instance = self.instance(number)
        content = self._common(instance, change) | {"staffId": instance["originator"]}
        if change == "finish":
            content |= {"result": instance["result"]}
        if change != "start":
            content |= {"finishTime": _milliseconds()}
        self.queue("bpms_instance_change", content)

    def _tell_task(self, task: Row, change: str, result: str) -> None:
        instance = self.instance(task["instance"])
        content = self._common(instance, change) | {
            "staffId": task["userid"],
            "taskId": task["id"],
            "activityId": f"step_{task['position']}",
        }
        if result:
            content |= {"result": result, "finishTime": _milliseconds()}
        self.queue("bpms_task_change", content)

    def _common(self, instance: Row, change: str) -> dict[str, object]:
        return {
            "processInstanceId": instance["id"],
            "processCode": instance["code"],
            "businessId": instance["created"],
            "corpId": self.corp_id,
            "title": instance["title"],
            "type": change,
            "createTime": instance["created"],
        }

    def queue(self, kind: str, content: Mapping[str, object]) -> None:
        if self.lost_events:
            self.lost_events -= 1
            return
        values = (
            secrets.token_hex(16),
            kind,
            json.dumps(dict(content), ensure_ascii=False),
            time.time(),
            0,
            "",
            _milliseconds(),
        )
        self.store.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def due_events(self) -> list[Row]:
        return self.store.rows(
            "SELECT * FROM event WHERE answer = '' AND due <= ? ORDER BY rowid", (time.time(),)
        )

    def events(self) -> list[Row]:
        return self.store.rows("SELECT * FROM event ORDER BY rowid")

    def settle_event(self, number: str, answer: str, delay: float) -> None:
        """An answer ends it; without one it is due again after `delay` seconds."""
        self.store.execute(
            "UPDATE event SET attempts = attempts + 1, answer = ?, due = ? WHERE id = ?",
            (answer, time.time() + delay, number),
        )

    # --- where events are posted to
    def set_callback(self, url: str, token: str, aes_key: str) -> None:
        with self.store.transaction():
            self.store.execute("DELETE FROM callback")
            self.store.execute("INSERT INTO callback VALUES (?, ?, ?)", (url, token, aes_key))

    def callback(self) -> Row | None:
        return self.store.row("SELECT * FROM callback")


def clock() -> str:
    """As DingTalk writes moments: 2026-11-20T10:00Z, in its way of Shanghai's hours."""
    return datetime.now(SHANGHAI).isoformat(timespec="seconds")


def _milliseconds() -> int:
    return int(time.time() * 1000)


def _users(step: Mapping[str, object]) -> list[str]:
    users = step.get("userIds")
    return [str(user) for user in users] if isinstance(users, list) else []
