from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

WORTH = {
    "count": _("how many vouchers"),
    "worth": _("what they are worth"),
    "until": _("how long they can be used"),
}
SAMPLE = {"count": "2", "worth": "¥200.00", "until": "2026-12-31 23:59"}

VOUCHER_RECEIVED = register(
    MessageKind(
        code="products.voucher_received",
        label=_("Voucher received"),
        audience=_("The customer's finance contacts and portal accounts"),
        when=_("Staff gave the customer a voucher."),
        channels=frozenset({Channel.INBOX, Channel.EMAIL}),
        placeholders={**WORTH, "name": _("name of the voucher")},
        samples={**SAMPLE, "name": "双十一代金券"},
        contact_roles=frozenset({"finance"}),
        readers=frozenset({UserKind.PORTAL}),
        texts={
            "zh-hans": Text(
                "您收到 {{count}} 张代金券：{{name}}",
                "{{name}} {{count}} 张，每张 {{worth}}，{{until}} 前有效。下单时可直接选用。",
            ),
            "en": Text(
                "{{count}} vouchers for you: {{name}}",
                "{{name}}: {{count}} vouchers of {{worth}} each, to be used before {{until}}. "
                "Choose them when you order.",
            ),
        },
    )
)

VOUCHERS_EXPIRING = register(
    MessageKind(
        code="products.vouchers_expiring",
        label=_("Vouchers about to expire"),
        audience=_("The customer's finance contacts and portal accounts"),
        when=_("Seven days before vouchers that were not used end."),
        channels=frozenset({Channel.INBOX, Channel.EMAIL}),
        placeholders=WORTH,
        samples=SAMPLE,
        contact_roles=frozenset({"finance"}),
        readers=frozenset({UserKind.PORTAL}),
        may_digest=True,
        texts={
            "zh-hans": Text(
                "您有 {{count}} 张代金券即将到期",
                "共值 {{worth}}，最早的一张 {{until}} 到期，过期作废。",
            ),
            "en": Text(
                "{{count}} of your vouchers are about to expire",
                "They are worth {{worth}}. The first one ends at {{until}}.",
            ),
        },
    )
)
