from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

NUMBER = {"number": _("number of the order")}
SAMPLE = {"number": "ORD20261122000001"}
WHO_ORDERED = _("Who placed the order, and the customer's technical contacts")

COMPLETED = register(
    MessageKind(
        code="orders.completed",
        label=_("Order completed"),
        audience=WHO_ORDERED,
        when=_("All that was ordered is running."),
        channels=frozenset({Channel.EMAIL, Channel.SMS}),
        placeholders={**NUMBER, "products": _("what was ordered")},
        samples={**SAMPLE, "products": "通用型 2 核 4 GiB × 1"},
        sms=("number",),
        contact_roles=frozenset({"technical"}),
        readers=frozenset({UserKind.PORTAL}),
        texts={
            "zh-hans": Text(
                "订单 {{number}} 已开通",
                "您的订单 {{number}} 已全部开通，现在就可以使用。\n\n{{products}}",
            ),
            "en": Text(
                "Order {{number}} is ready",
                "All of order {{number}} is running and can be used now.\n\n{{products}}",
            ),
        },
    )
)

REFUNDED = register(
    MessageKind(
        code="orders.refunded",
        label=_("Order refunded"),
        audience=_("Who placed the order, and the customer's finance contacts"),
        when=_("The order could not be fulfilled, and the money is back in the wallet."),
        channels=frozenset({Channel.EMAIL}),
        placeholders={**NUMBER, "amount": _("amount")},
        samples={**SAMPLE, "amount": "¥1,234.56"},
        contact_roles=frozenset({"finance"}),
        readers=frozenset({UserKind.PORTAL}),
        is_mandatory=True,
        texts={
            "zh-hans": Text(
                "订单 {{number}} 已退款 {{amount}}",
                "很抱歉，您的订单 {{number}} 未能开通。已付的 {{amount}} 已原路退回钱包，"
                "可立即使用。",
            ),
            "en": Text(
                "Order {{number}}: {{amount}} given back",
                "We are sorry: order {{number}} could not be fulfilled. The {{amount}} that you "
                "paid is back in your wallet and can be used at once.",
            ),
        },
    )
)

PARKED = register(
    MessageKind(
        code="orders.parked",
        label=_("Order held"),
        audience=_("Staff who may resume orders"),
        when=_("Work on a paid order stopped, and a person has to decide."),
        channels=frozenset({Channel.EMAIL, Channel.DINGTALK}),
        placeholders={
            **NUMBER,
            "customer": _("name of the customer"),
            "reason": _("why it stopped"),
        },
        samples={**SAMPLE, "customer": "上海示例科技有限公司", "reason": "库存不足"},
        readers=frozenset({UserKind.STAFF}),
        texts={
            "zh-hans": Text(
                "订单 {{number}} 需要处理",
                "{{customer}} 的订单 {{number}} 已暂停，等待人工处理。\n\n原因：{{reason}}",
            ),
            "en": Text(
                "Order {{number}} needs you",
                "Work on order {{number}} of {{customer}} has stopped and waits for a person.\n\n"
                "Reason: {{reason}}",
            ),
        },
    )
)
