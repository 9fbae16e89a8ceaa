"""Messages about a person's own account. Identity lies below: its events are told from here."""

from django.utils.translation import gettext_lazy as _

from apps.notifications.catalogue import MessageKind, Text, register
from apps.notifications.enums import Channel

YOU = _("The person concerned")

NEW_DEVICE = register(
    MessageKind(
        code="rbac.new_device",
        label=_("Sign-in on a new device"),
        audience=YOU,
        when=_("Somebody signs in to the account on a device that was not seen before."),
        channels=frozenset({Channel.EMAIL, Channel.SMS}),
        placeholders={
            "device": _("browser and system"),
            "at": _("when"),
            "ip": _("IP address"),
        },
        samples={
            "device": "Chrome 131 (Windows)",
            "at": "2026-11-22 14:05",
            "ip": "203.0.113.7",
        },
        sms=("device",),
        is_urgent=True,
        is_mandatory=True,
        texts={
            "zh-hans": Text(
                "您的账号在新设备上登录",
                "您的账号于 {{at}} 在一台未见过的设备上登录。\n\n"
                "设备：{{device}}\nIP 地址：{{ip}}\n\n"
                "如非本人操作，请立即修改密码，并在“安全”页面退出该设备。",
            ),
            "en": Text(
                "Your account was used on a new device",
                "Somebody signed in to your account at {{at}} on a device that we had not seen "
                "before.\n\nDevice: {{device}}\nIP address: {{ip}}\n\n"
                "If it was not you, change your password at once and sign that device out.",
            ),
        },
    )
)

PASSWORD_CHANGED = register(
    MessageKind(
        code="rbac.password_changed",
        label=_("Password changed"),
        audience=YOU,
        when=_("The password was changed. A letter about it goes out by e-mail as well."),
        channels=frozenset({Channel.INBOX}),
        placeholders={"at": _("when")},
        samples={"at": "2026-11-22 14:05"},
        is_urgent=True,
        texts={
            "zh-hans": Text(
                "您的密码已修改",
                "您的账号密码已于 {{at}} 修改。如非本人操作，请立即重置密码并联系我们。",
            ),
            "en": Text(
                "Your password was changed",
                "The password of your account was changed at {{at}}. If it was not you, reset it "
                "at once and tell us.",
            ),
        },
    )
)

ROLE_GRANTED = register(
    MessageKind(
        code="rbac.role_granted",
        label=_("Role granted"),
        audience=YOU,
        when=_("A second person agreed to a new role."),
        placeholders={"role": _("name of the role")},
        samples={"role": "财务"},
        texts={
            "zh-hans": Text("您获得了角色“{{role}}”", "您的账号已获得角色“{{role}}”，立即生效。"),
            "en": Text(
                "You were given the role “{{role}}”",
                "Your account now has the role “{{role}}”.",
            ),
        },
    )
)

ROLE_REVOKED = register(
    MessageKind(
        code="rbac.role_revoked",
        label=_("Role withdrawn"),
        audience=YOU,
        when=_("A role was withdrawn."),
        placeholders={"role": _("name of the role")},
        samples={"role": "财务"},
        texts={
            "zh-hans": Text("您的角色“{{role}}”已收回", "您的账号不再拥有角色“{{role}}”。"),
            "en": Text(
                "Your role “{{role}}” was withdrawn",
                "Your account no longer has the role “{{role}}”.",
            ),
        },
    )
)
