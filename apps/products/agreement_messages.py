from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

AGREEMENT = {
    "number": _("number of the agreement"),
    "name": _("name of the agreement"),
    "last_day": _("last day of the agreement"),
    "days": _("days left"),
    "afterwards": _("what happens then"),
}
AGREEMENT_SAMPLE = {
    "number": "AGR20261122000001 v1",
    "name": "2026 年度框架协议",
    "last_day": "2026-12-31",
    "days": "30",
    "afterwards": "恢复目录价",
}

AGREEMENT_EXPIRING = register(
    MessageKind(
        code="products.agreement_expiring",
        label=_("Price agreement ends soon"),
        audience=_("The customer's primary account and business contacts"),
        when=_("A price agreement ends in 60, 30 or 7 days."),
        channels=frozenset({Channel.EMAIL}),
        placeholders=AGREEMENT,
        samples=AGREEMENT_SAMPLE,
        contact_roles=frozenset({"primary", "business"}),
        readers=frozenset({UserKind.PORTAL}),
        texts={
            "zh-hans": Text(
                "价格协议 {{number}} 还有 {{days}} 天到期",
                "您的价格协议“{{name}}”（{{number}}）将于 {{last_day}} 到期，还有 {{days}} 天。\n\n"
                "到期后：{{afterwards}}。如需续签，请联系您的客户经理。",
            ),
            "en": Text(
                "Price agreement {{number}} ends in {{days}} days",
                "Your price agreement “{{name}}” ({{number}}) ends on {{last_day}}, in {{days}}"
                " days.\n\nThen: {{afterwards}}. Please ask your account manager to renew it.",
            ),
        },
    )
)

CUSTOMER_AGREEMENT_EXPIRING = register(
    MessageKind(
        code="products.customer_agreement_expiring",
        label=_("A customer's price agreement ends soon"),
        audience=_("Whoever looks after the customer"),
        when=_("A price agreement ends in 60, 30 or 7 days."),
        placeholders={**AGREEMENT, "customer": _("name of the customer")},
        samples={**AGREEMENT_SAMPLE, "customer": "上海示例科技有限公司"},
        readers=frozenset({UserKind.STAFF}),
        texts={
            "zh-hans": Text(
                "{{customer}} 的价格协议还有 {{days}} 天到期",
                "{{customer}} 的价格协议“{{name}}”（{{number}}）将于 {{last_day}} 到期。\n\n"
                "到期后：{{afterwards}}。请及时与客户商谈续签。",
            ),
            "en": Text(
                "The price agreement of {{customer}} ends in {{days}} days",
                "The price agreement “{{name}}” ({{number}}) of {{customer}} ends on {{last_day}}."
                "\n\nThen: {{afterwards}}. Please talk with the customer about the next one.",
            ),
        },
    )
)
