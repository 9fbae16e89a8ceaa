"""Telling a person that his decision at DingTalk came second."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from apps.approvals.enums import ApprovalPerm
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

LOST_TRANSFER = register(
    MessageKind(
        code="approvals.dingtalk_transfer_lost",
        label=_("Handing on at DingTalk was not followed"),
        audience=_("Administrators of approvals"),
        when=_("Somebody handed his task on to a person who cannot decide it in Kboss."),
        channels=frozenset({Channel.INBOX, Channel.DINGTALK}),
        placeholders={
            "number": _("number of the approval"),
            "title": _("title of the approval"),
            "giver": _("who handed his task on"),
        },
        samples={
            "number": "APR20261122000001",
            "title": "上海云禾 额度提升",
            "giver": "王经理",
        },
        readers=frozenset({UserKind.STAFF}),
        texts={
            "zh-hans": Text(
                "钉钉转交未生效：{{title}}",
                "{{giver}} 在钉钉转交了审批 {{number}}，但接收人在 Kboss 中未对应到可审批的人员。"
                "仍由 {{giver}} 审批；如需换人，请在 Kboss 中转交，或在钉钉设置中匹配人员。",
            ),
            "en": Text(
                "Not handed on: {{title}}",
                "{{giver}} handed approval {{number}} on at DingTalk, to somebody who cannot "
                "decide it in Kboss. It still waits for {{giver}}. Hand it on in Kboss, or match "
                "the person in the settings of DingTalk.",
            ),
        },
    )
)


def tell_of_lost_transfer(*, approval: Approval, giver: str, key: str, now: datetime) -> None:
    """Once per key. Trusted: the meeting has seen it at DingTalk."""
    notifications.notify(
        kind=LOST_TRANSFER.code,
        to=notifications.staff_who_may(
            permission=ApprovalPerm.ADMINISTER, thing=approval, tenant=approval.tenant
        ),
        facts={"number": approval.number, "title": approval.title, "giver": giver},
        key=key,
        now=now,
        link=f"/admin/approvals/approval/{approval.pk}/change/",
        tenant=approval.tenant,
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
