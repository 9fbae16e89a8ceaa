from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "apps.notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from apps.notifications import messages, receivers, services
        from apps.notifications.channels.dingtalk import WorkNotices
        from apps.notifications.ports import register_dingtalk
        from apps.rbac import ports

        ports.register_sms_sender(services.CodeSender())
        register_dingtalk(WorkNotices())
