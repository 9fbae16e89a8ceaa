"""
The sandbox mailbox: an SMTP server, the SMS gateway, and a page that shows what arrived.

    SMTP                              every mail is taken, none leaves this machine
    POST /                            the SMS gateway (simulators.sms)
    GET  /?recipient=                 the page
    GET  /messages?recipient=&kind=   the same as JSON
    POST /control                     {"fault": …, "action": "SendSms"}
"""

import asyncio
import html
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from simulators import refuse_production
from simulators.faults import Faults
from simulators.keys import SMS_ACCESS_KEYS
from simulators.mailbox_state import MailboxState, Message, code_in
from simulators.sms import SmsGateway
from simulators.wire import Reply, Request, Server, json_reply, page_reply, serve_http

SHANGHAI = ZoneInfo("Asia/Shanghai")
MAIL_LIMIT = 10 * 1024 * 1024


@dataclass
class MailboxServer(Server):
    """`url` serves the page and the SMS gateway; mail goes to 127.0.0.1:smtp_port."""

    smtp_port: int
    faults: Faults
    state: MailboxState
    smtp: Controller

    def stop(self) -> None:
        self.smtp.stop()
        super().stop()
        self.state.close()


class Mailbox:
    def __init__(self, state: MailboxState, gateway: SmsGateway, faults: Faults) -> None:
        self._state, self._gateway, self._faults = state, gateway, faults

    def answer(self, request: Request) -> Reply:
        match request.method, request.path:
            case "POST", "/":
                return self._gateway.answer(request)
            case "GET" | "HEAD", "/":
                return self._page(request.parameters.get("recipient", ""))
            case "GET", "/messages":
                asked = request.parameters
                found = self._state.messages(
                    recipient=asked.get("recipient", ""), kind=asked.get("kind", "")
                )
                return json_reply({"messages": [message.shown() for message in found]})
            case "POST", "/control":
                asked_fault = request.json()
                self._faults.add(
                    str(asked_fault["fault"]), str(asked_fault.get("action", "SendSms"))
                )
                return json_reply({"ok": True})
        return Reply(404)

    def _page(self, recipient: str) -> Reply:
        messages = self._state.messages(recipient=recipient)
        shown = "".join(_card(message) for message in messages)
        return page_reply(
            "mailbox.html",
            recipient=html.escape(recipient),
            count=str(len(messages)),
            messages=shown
            or '<p class="empty">还没有消息。注册或登录时发出的验证码会出现在这里。</p>',
        )


class Postman:
    """Puts each mail into the mailbox, once per recipient."""

    def __init__(self, state: MailboxState) -> None:
        self._state = state

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd looks for
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        text = _text(mail)
        for recipient in envelope.rcpt_tos:
            self._state.add(
                Message(
                    id=secrets.token_hex(10),
                    kind="mail",
                    recipient=recipient,
                    sender=str(mail["From"] or envelope.mail_from or ""),
                    subject=str(mail["Subject"] or ""),
                    text=text,
                    code=code_in(text),
                    received_at=datetime.now(UTC),
                )
            )
        return "250 Message accepted for delivery"


class LoopbackSmtp(Controller):
    """Port 0 means any free one; aiosmtpd itself would then knock on port 0."""

    def _trigger_server(self) -> None:
        if isinstance(self.server, asyncio.Server):
            self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


def serve(
    port: int = 0,
    *,
    smtp_port: int = 0,
    access_keys: Mapping[str, str] = SMS_ACCESS_KEYS,
    directory: Path | None = None,
) -> MailboxServer:
    """
    Start the mailbox; `access_keys` are those that may send SMS.

    :raises SimulatorsAreForbidden: in production
    """
    refuse_production()
    state, faults = MailboxState(directory), Faults()
    smtp = LoopbackSmtp(
        Postman(state), hostname="127.0.0.1", port=smtp_port, data_size_limit=MAIL_LIMIT
    )
    smtp.start()
    gateway = SmsGateway(state, faults, access_keys)
    server = serve_http(Mailbox(state, gateway, faults).answer, port=port)
    return MailboxServer(server.url, server.stop, smtp.port, faults, state, smtp)


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(preferencelist=("plain", "html"))
    return str(part.get_content()) if part else ""


def _card(message: Message) -> str:
    code = f'<div class="code">{html.escape(message.code)}</div>' if message.code else ""
    subject = f"<h2>{html.escape(message.subject)}</h2>" if message.subject else ""
    kind = "邮件" if message.kind == "mail" else "短信"
    at = message.received_at.astimezone(SHANGHAI)
    return (
        f'<article class="{message.kind}"><header><span class="tag">{kind}</span>'
        f"<b>{html.escape(message.recipient)}</b>"
        f'<time datetime="{at.isoformat()}">{at:%m-%d %H:%M:%S}</time></header>'
        f"{subject}{code}<pre>{html.escape(message.text)}</pre></article>"
    )
