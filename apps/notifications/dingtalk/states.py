"""Words of the DingTalk tables: doors, the flow of an instance, permissions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.flow import Flow


class DingtalkDoor(models.TextChoices):
    """How an event came in."""

    CALLBACK = "callback", _("HTTP callback")
    STREAM = "stream", _("Stream")


class DingtalkInstanceStatus(models.TextChoices):
    WAITING = "waiting", _("Not yet at DingTalk")
    STARTED = "started", _("Open at DingTalk")
    CLOSED = "closed", _("Closed at DingTalk")
    FAILED = "failed", _("Refused by DingTalk")


DINGTALK_INSTANCE_FLOW = Flow(
    "notifications.DingtalkInstance",
    {
        DingtalkInstanceStatus.WAITING: {
            DingtalkInstanceStatus.STARTED,
            DingtalkInstanceStatus.CLOSED,
            DingtalkInstanceStatus.FAILED,
        },
        DingtalkInstanceStatus.STARTED: {DingtalkInstanceStatus.CLOSED},
        DingtalkInstanceStatus.CLOSED: set(),
        DingtalkInstanceStatus.FAILED: set(),
    },
)


class DingtalkPerm(models.TextChoices):
    VIEW_SETTINGS = "notifications.view_dingtalksettings", _("view DingTalk settings")
    ADD_SETTINGS = "notifications.add_dingtalksettings", _("add DingTalk settings")
    CHANGE_SETTINGS = "notifications.change_dingtalksettings", _("edit DingTalk settings")
    TEST = "notifications.test_dingtalksettings", _("test the connection to DingTalk")
    VIEW_PROCESS = "notifications.view_dingtalkprocess", _("view process codes of DingTalk")
    ADD_PROCESS = "notifications.add_dingtalkprocess", _("add process codes of DingTalk")
    CHANGE_PROCESS = "notifications.change_dingtalkprocess", _("edit process codes of DingTalk")
    DELETE_PROCESS = "notifications.delete_dingtalkprocess", _("remove process codes of DingTalk")
    VIEW_USER = "notifications.view_dingtalkuser", _("view people at DingTalk")
    ADD_USER = "notifications.add_dingtalkuser", _("add people at DingTalk")
    CHANGE_USER = "notifications.change_dingtalkuser", _("edit people at DingTalk")
    DELETE_USER = "notifications.delete_dingtalkuser", _("remove people at DingTalk")
    VIEW_DEPARTMENT = "notifications.view_dingtalkdepartment", _("view departments at DingTalk")
    ADD_DEPARTMENT = "notifications.add_dingtalkdepartment", _("add departments at DingTalk")
    CHANGE_DEPARTMENT = (
        "notifications.change_dingtalkdepartment",
        _("edit departments at DingTalk"),
    )
    DELETE_DEPARTMENT = (
        "notifications.delete_dingtalkdepartment",
        _("remove departments at DingTalk"),
    )
    VIEW_EVENT = "notifications.view_dingtalkevent", _("view DingTalk events")
    VIEW_INSTANCE = "notifications.view_dingtalkinstance", _("view DingTalk instances")


# Part of the app's STANDARD_GRANTS.
SEE_DINGTALK: list[str] = [code for code in DingtalkPerm.values if ".view_" in code]
RUN_DINGTALK: list[str] = [str(code) for code in DingtalkPerm.values]
