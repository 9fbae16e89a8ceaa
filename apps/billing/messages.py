from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

FINANCE = frozenset({"finance", "primary"})
WHO = _("The customer's finance contacts and primary account")
PORTAL = frozenset({UserKind.PORTAL})
BILL = {
    "number": _("number of the bill"),
    "month": _("month of the bill"),
    "total": _("total"),
    "owed": _("what is still owed"),
}
BILL_SAMPLE = {
    "number": "BIL20261201000001",
    "month": "2026-11",
    "total": "¥1,234.56",
    "owed": "¥0.00",
}

RECHARGE_PAID = register(
    MessageKind(
        code="billing.recharge_paid",
        label=_("Recharge arrived"),
        audience=WHO,
        when=_("Money has been credited to the wallet."),
        channels=frozenset({Channel.EMAIL}),
        placeholders={
            "number": _("number of the recharge"),
            "amount": _("amount"),
            "available": _("what can be used now"),
        },
        samples={
            "number": "REC20261122000001",
            "amount": "¥10,000.00",
            "available": "¥12,345.67",
        },
        sms=("amount", "available"),
        contact_roles=FINANCE,
        readers=PORTAL,
        may_digest=True,
        texts={
            "zh-hans": Text(
                "充值 {{amount}} 已到账",
                "您的充值 {{number}} 已到账 {{amount}}。\n\n当前可用余额：{{available}}",
            ),
            "en": Text(
                "Your recharge of {{amount}} has arrived",
                "Recharge {{number}} credited {{amount}} to your wallet.\n\n"
                "You can use now: {{available}}",
            ),
        },
    )
)

BILL_ISSUED = register(
    MessageKind(
        code="billing.bill_issued",
        label=_("Bill issued"),
        audience=WHO,
        when=_("The use of a month was billed for the first time."),
        channels=frozenset({Channel.EMAIL}),
        placeholders=BILL,
        samples=BILL_SAMPLE,
        contact_roles=FINANCE,
        readers=PORTAL,
        is_mandatory=True,
        texts={
            "zh-hans": Text(
                "{{month}} 账单 {{number}}：{{total}}",
                "您 {{month}} 的账单 {{number}} 已出账，合计 {{total}}。\n\n待支付：{{owed}}",
            ),
            "en": Text(
                "Bill {{number}} for {{month}}: {{total}}",
                "Your bill {{number}} for {{month}} comes to {{total}}.\n\nStill owed: {{owed}}",
            ),
        },
    )
)

BILL_CORRECTED = register(
    MessageKind(
        code="billing.bill_corrected",
        label=_("Bill corrected"),
        audience=WHO,
        when=_("Use that became known later changed a bill; at most once a day."),
        channels=frozenset({Channel.EMAIL}),
        placeholders=BILL,
        samples=BILL_SAMPLE,
        contact_roles=FINANCE,
        readers=PORTAL,
        throttle=timedelta(days=1),
        may_digest=True,
        texts={
            "zh-hans": Text(
                "{{month}} 账单 {{number}} 已更新：{{total}}",
                "您 {{month}} 的账单 {{number}} 因用量更新而变化，现合计 {{total}}。\n\n"
                "待支付：{{owed}}",
            ),
            "en": Text(
                "Bill {{number}} for {{month}} changed: {{total}}",
                "Use that became known later changed your bill {{number}} for {{month}}. It now "
                "comes to {{total}}.\n\nStill owed: {{owed}}",
            ),
        },
    )
)
