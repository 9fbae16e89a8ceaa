from apps.notifications.models.deliveries import Delivery, masked
from apps.notifications.models.dingtalk import (
    DingtalkDepartment,
    DingtalkEvent,
    DingtalkInstance,
    DingtalkProcess,
    DingtalkSettings,
    DingtalkUser,
)
from apps.notifications.models.live import LiveClock, LiveEvent
from apps.notifications.models.messages import Message, ThrottleMark
from apps.notifications.models.preferences import DeliveryTimes, Preference
from apps.notifications.models.texts import SmsTemplate, TemplateText

__all__ = [
    "Delivery",
    "DeliveryTimes",
    "DingtalkDepartment",
    "DingtalkEvent",
    "DingtalkInstance",
    "DingtalkProcess",
    "DingtalkSettings",
    "DingtalkUser",
    "LiveClock",
    "LiveEvent",
    "Message",
    "Preference",
    "SmsTemplate",
    "TemplateText",
    "ThrottleMark",
    "masked",
]
