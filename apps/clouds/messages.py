from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel
from apps.rbac.enums import UserKind

RESOURCE_EXPIRED = register(
    MessageKind(
        code="clouds.resource_expired",
        label=_("Resource expired"),
        audience=_("The customer's technical contacts and primary account"),
        when=_("The paid time of a cloud resource is over."),
        channels=frozenset({Channel.EMAIL, Channel.SMS}),
        placeholders={
            "name": _("name of the resource"),
            "at": _("when it expired"),
        },
        samples={"name": "web-01", "at": "2026-11-22 00:00"},
        sms=("name",),
        contact_roles=frozenset({"technical", "primary"}),
        readers=frozenset({UserKind.PORTAL}),
        is_mandatory=True,
        texts={
            "zh-hans": Text(
                "云资源 {{name}} 已到期",
                "您的云资源 {{name}} 已于 {{at}} 到期。如需继续使用，请尽快联系我们续费，"
                "以免数据被释放。",
            ),
            "en": Text(
                "{{name}} has expired",
                "The paid time of {{name}} ended at {{at}}. To go on using it, talk to us soon: "
                "its data will not be kept for ever.",
            ),
        },
    )
)

IMPORT_ENDED = register(
    MessageKind(
        code="clouds.import_ended",
        label=_("Vendor bill imported"),
        audience=_("Who started the import"),
        when=_("The import of a vendor's bill is done, or has stopped."),
        channels=frozenset({Channel.INBOX}),
        placeholders={
            "file": _("name of the file"),
            "result": _("how it ended"),
            "good": _("good rows"),
            "bad": _("bad rows"),
        },
        samples={"file": "focus-2026-10.csv", "result": "已完成", "good": "120000", "bad": "3"},
        readers=frozenset({UserKind.STAFF}),
        texts={
            "zh-hans": Text(
                "账单导入{{result}}：{{file}}",
                "厂商账单 {{file}} 的导入已结束：{{result}}。\n\n"
                "正确 {{good}} 行，错误 {{bad}} 行。",
            ),
            "en": Text(
                "Bill import: {{result}}: {{file}}",
                "The import of {{file}} has ended: {{result}}.\n\n"
                "{{good}} good rows, {{bad}} bad rows.",
            ),
        },
    )
)
