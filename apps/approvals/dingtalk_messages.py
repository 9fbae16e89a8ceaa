"""Telling a person that his decision at DingTalk came second."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.approvals.models import Approval
from apps.notifications import services as notifications
from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind
from apps.rbac.models import User

DECISIONS = {"AGREE": "同意", "REFUSE": "拒绝"}

OVERRULED = register(
    MessageKind(
        code="approvals.dingtalk_too_late",
        label=_("Decision at DingTalk came too late"),
        audience=_("The approver who decided at DingTalk"),
        when=_("The approval had been decided, or had moved on, before."),
        channels=frozenset({Channel.INBOX, Channel.DINGTALK}),
        placeholders={
            "number": _("number of the approval"),
            "title": _("title of the approval"),
            "decision": _("what he decided at DingTalk"),
            "status": _("status of the approval"),
        },
        samples={
            "number": "APR20261122000001",
            "title": "上海云禾 额度提升",
            "decision": "拒绝",
            "status": "已通过",
        },
        readers=frozenset({UserKind.STAFF}),
        is_mandatory=True,
        texts={
            "zh-hans": Text(
                "您在钉钉的“{{decision}}”未生效",
                "审批 {{number}}（{{title}}）在您于钉钉操作之前已处理，以先到的决定为准。\n\n"
                "当前状态：{{status}}。",
            ),
            "en": Text(
                "Your decision at DingTalk ({{decision}}) does not count",
                "Approval {{number}} ({{title}}) had been dealt with before you decided at "
                "DingTalk. The first decision stands.\n\nStatus: {{status}}.",
            ),
        },
    )
)


def tell_of_contradiction(
    *, approval: Approval, person: User, key: str, decision: str, now: datetime
) -> None:
    """Once per key. Trusted: the meeting has compared both decisions."""
    approval.refresh_from_db(fields=["status"])
    notifications.notify(
        kind=OVERRULED.code,
        to=[person],
        facts={
            "number": approval.number,
            "title": approval.title,
            "decision": DECISIONS[decision],
            "status": str(approval.get_status_display()),
        },
        key=key,
        now=now,
        link=f"/admin/approvals/approval/{approval.pk}/change/",
        tenant=approval.tenant,
    )
