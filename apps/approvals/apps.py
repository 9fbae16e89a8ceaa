from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ApprovalsConfig(AppConfig):
    name = "apps.approvals"
    verbose_name = _("Approvals")

    def ready(self) -> None:
        from apps.approvals import dingtalk, dingtalk_messages, messages, receivers
        from apps.approvals.kinds_of_roles import ApprovalDesk
        from apps.notifications.dingtalk import ports as dingtalk_ports
        from apps.rbac import ports as rbac_ports

        dingtalk_ports.register_forms(dingtalk.forms)
        rbac_ports.set_rights_desk(ApprovalDesk())
