"""The page of the sandbox DingTalk: each person's open approvals, and work notices."""

import html
import json
from urllib.parse import quote, urlsplit

from simulators.dingtalk_state import RUNNING, DingtalkRefuses, DingtalkState
from simulators.store import Row
from simulators.wire import Reply, Request, page_reply, redirect

RESULTS = {"AGREE": "已同意", "REFUSE": "已拒绝", "NONE": "已取消", "REDIRECTED": "已转交"}
STATUS = {"RUNNING": "审批中", "TERMINATED": "已撤销", "agree": "审批通过", "refuse": "审批拒绝"}


class DingtalkPage:
    def __init__(self, state: DingtalkState) -> None:
        self._state = state

    def answer(self, request: Request) -> Reply:
        match request.method, request.path:
            case "GET" | "HEAD", "/":
                return self._page(request.parameters.get("as", ""))
            case "POST", "/":
                return self._decide(request)
        return Reply(404)

    def _decide(self, request: Request) -> Reply:
        form = request.form
        userid, result = form.get("as", ""), form.get("result", "")
        if result in {"AGREE", "REFUSE", "REDIRECT"} and form.get("task", "").isdigit():
            task, remark = int(form["task"]), form.get("remark", "")
            try:
                if result == "REDIRECT":
                    self._state.redirect(task, userid, form.get("to", ""), remark)
                else:
                    self._state.decide(task, userid, result, remark)
            except DingtalkRefuses as error:
                return self._page(userid, problem=str(error.args[1]))
        return redirect(f"/?as={quote(userid)}")

    def _page(self, userid: str, problem: str = "") -> Reply:
        people = self._state.store.rows("SELECT * FROM person ORDER BY department, userid")
        known = {person["userid"]: person for person in people}
        chosen = known.get(userid)
        return page_reply(
            "dingtalk.html",
            people="".join(self._person(person, userid) for person in people)
            or '<p class="empty">还没有人。加载演示数据后会出现在这里。</p>',
            heading=html.escape(chosen["name"] if chosen else "请选择一个人"),
            problem=f'<p class="problem" role="alert">{html.escape(problem)}</p>'
            if problem
            else "",
            tasks=self._tasks(userid) if chosen else "",
            messages=self._messages(userid) if chosen else "",
        )

    def _person(self, person: Row, userid: str) -> str:
        open_tasks = self._state.store.rows(
            "SELECT id FROM task WHERE userid = ? AND status = ?", (person["userid"], RUNNING)
        )
        badge = f'<span class="badge">{len(open_tasks)}</span>' if open_tasks else ""
        current = ' aria-current="page"' if person["userid"] == userid else ""
        return (
            f'<a href="/?as={quote(person["userid"])}"{current}>'
            f"{html.escape(person['name'])}{badge}</a>"
        )

    def _tasks(self, userid: str) -> str:
        rows = self._state.store.rows(
            "SELECT * FROM task WHERE userid = ?"
            " ORDER BY status = 'RUNNING' DESC, id DESC LIMIT 50",
            (userid,),
        )
        return "".join(self._task(row) for row in rows) or '<p class="empty">没有审批</p>'

    def _task(self, task: Row) -> str:
        instance = self._state.instance(task["instance"])
        values = "".join(
            f"<dt>{html.escape(str(value['name']))}</dt><dd>{_text(str(value['value']))}</dd>"
            for value in json.loads(instance["content"])
        )
        state = STATUS.get(instance["result"] or instance["status"], instance["status"])
        return (
            f'<article class="{task["status"].lower()}"><header>'
            f"<b>{html.escape(instance['title'])}</b>"
            f'<span class="tag">{html.escape(state)}</span></header>'
            f"<dl>{values}</dl>{self._buttons(task)}</article>"
        )

    def _buttons(self, task: Row) -> str:
        if task["status"] != RUNNING:
            return f'<p class="done">{RESULTS.get(task["result"], "")}</p>'
        return (
            '<form method="post" action="/">'
            f'<input type="hidden" name="as" value="{html.escape(task["userid"])}">'
            f'<input type="hidden" name="task" value="{task["id"]}">'
            '<input name="remark" placeholder="审批意见" aria-label="审批意见">'
            '<button name="result" value="AGREE" class="agree">同意</button>'
            '<button name="result" value="REFUSE" class="refuse">拒绝</button>'
            f'<select name="to" aria-label="转交给">{self._others(task["userid"])}</select>'
            '<button name="result" value="REDIRECT">转交</button></form>'
        )

    def _others(self, userid: str) -> str:
        people = self._state.store.rows("SELECT * FROM person WHERE userid != ?", (userid,))
        return "".join(
            f'<option value="{html.escape(one["userid"])}">{html.escape(one["name"])}</option>'
            for one in people
        )

    def _messages(self, userid: str) -> str:
        rows = self._state.messages(userid)
        return "".join(_message(row) for row in rows) or '<p class="empty">没有消息</p>'


def _message(row: Row) -> str:
    kind = "工作通知 · 卡片" if row["kind"] == "card" else "工作通知"
    link = f"<p>{_link(row['url'], '查看详情')}</p>" if row["url"] else ""
    text = row["text"].removeprefix(f"### {row['title']}")  # DingTalk would render the heading
    return (
        f'<article class="message"><header><span class="tag">{kind}</span>'
        f"<b>{html.escape(row['title'])}</b>"
        f"<time>{html.escape(row['at'][5:16].replace('T', ' '))}</time></header>"
        f"<pre>{html.escape(text.strip())}</pre>{link}</article>"
    )


def _text(text: str) -> str:
    return _link(text, text) if text.startswith(("http://", "https://")) else html.escape(text)


def _link(url: str, label: str) -> str:
    if urlsplit(url).scheme not in {"http", "https"}:
        return html.escape(label)
    return f'<a href="{html.escape(url)}" rel="noreferrer">{html.escape(label)}</a>'
