"""Kinds for the tests, so that the words of the real ones may change."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from apps.notifications import services
from apps.notifications.catalogue import MessageKind, Text
from apps.notifications.enums import Channel
from apps.notifications.models import Message
from apps.rbac.enums import UserKind
from apps.rbac.models import User

TEXTS = {
    "zh-hans": Text("到账 {{amount}}", "{{name}} 您好：\n\n{{amount}} 已到账。"),
    "en": Text("{{amount}} arrived", "Dear {{name}},\n\n{{amount}} arrived."),
}
FACTS = {"name": "李雷", "amount": "¥8.80"}


def kind(code: str, **changes: object) -> MessageKind:
    facts: dict[str, object] = {
        "label": code,
        "audience": "whoever",
        "when": "now and then",
        "texts": TEXTS,
        "placeholders": {"name": "who", "amount": "how much"},
        "samples": {"amount": "¥1.00"},
        "channels": frozenset({Channel.EMAIL}),
        **changes,
    }
    return MessageKind(code=code, **facts)  # type: ignore[arg-type]


PLAIN = kind("test.plain")
URGENT = kind("test.urgent", is_urgent=True, may_digest=True)
MANDATORY = kind("test.mandatory", is_mandatory=True)
THROTTLED = kind("test.throttled", throttle=timedelta(hours=1))
WAITS = kind("test.waits", may_digest=True)
EVERYWHERE = kind(
    "test.everywhere",
    channels=frozenset({Channel.EMAIL, Channel.SMS, Channel.DINGTALK}),
    sms=("amount",),
    contact_roles=frozenset({"finance"}),
)
FOR_STAFF = kind("test.for_staff", readers=frozenset({UserKind.STAFF}))
KINDS = (PLAIN, URGENT, MANDATORY, THROTTLED, WAITS, EVERYWHERE, FOR_STAFF)


def tell(
    to: Sequence[User],
    now: datetime,
    kind: str = "test.plain",
    key: str = "fact:1",
    **changes: object,
) -> list[Message]:
    told = {"kind": kind, "to": to, "facts": FACTS, "key": key, "now": now, **changes}
    return services.notify(**told)  # type: ignore[arg-type]
