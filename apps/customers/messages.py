from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

WHO = _("The customer's primary account and business contacts")
ROLES = frozenset({"primary", "business"})
PORTAL = frozenset({UserKind.PORTAL})

VERIFIED = register(
    MessageKind(
        code="customers.verified",
        label=_("Real-name verification passed"),
        audience=WHO,
        when=_("Staff found the papers in order."),
        channels=frozenset({Channel.EMAIL}),
        placeholders={"company": _("name of the company")},
        samples={"company": "上海示例科技有限公司"},
        contact_roles=ROLES,
        readers=PORTAL,
        texts={
            "zh-hans": Text(
                "实名认证已通过",
                "{{company}} 的企业实名认证已通过，现在可以下单购买了。",
            ),
            "en": Text(
                "Real-name verification passed",
                "The papers of {{company}} are in order: you can order now.",
            ),
        },
    )
)

REJECTED = register(
    MessageKind(
        code="customers.verification_rejected",
        label=_("Real-name verification rejected"),
        audience=WHO,
        when=_("Staff found something wrong; it can be corrected and sent in again."),
        channels=frozenset({Channel.EMAIL}),
        placeholders={"company": _("name of the company"), "reason": _("what was wrong")},
        samples={"company": "上海示例科技有限公司", "reason": "营业执照名称与企业名称不一致"},
        contact_roles=ROLES,
        readers=PORTAL,
        texts={
            "zh-hans": Text(
                "实名认证未通过",
                "{{company}} 的企业实名认证未通过。\n\n原因：{{reason}}\n\n请更正后重新提交。",
            ),
            "en": Text(
                "Real-name verification rejected",
                "The papers of {{company}} were not in order.\n\nReason: {{reason}}\n\n"
                "Please correct them and apply again.",
            ),
        },
    )
)
