"""Telling people. Upper apps call `notify`, `notify_customer` and, for letters, `send_email`."""

from apps.notifications.services.audience import staff_who_may
from apps.notifications.services.delivering import deliver, deliver_due, retry_delivery
from apps.notifications.services.digests import send_digests
from apps.notifications.services.inbox import mark_all_read, mark_read, unread_of
from apps.notifications.services.notifying import notify, notify_addresses, notify_customer
from apps.notifications.services.preferences import (
    Settings,
    choices_of,
    set_preference,
    set_times,
    settings_of,
    times_of,
)
from apps.notifications.services.queueing import CodeSender, send_email, send_sms
from apps.notifications.services.sms_templates import edit_sms_template
from apps.notifications.services.telling import moment
from apps.notifications.services.texts import WORDED, checked, edit_text, reset_text
from apps.notifications.services.unknown import ask_unknown

__all__ = [
    "WORDED",
    "CodeSender",
    "Settings",
    "ask_unknown",
    "checked",
    "choices_of",
    "deliver",
    "deliver_due",
    "edit_sms_template",
    "edit_text",
    "mark_all_read",
    "mark_read",
    "moment",
    "notify",
    "notify_addresses",
    "notify_customer",
    "reset_text",
    "retry_delivery",
    "send_digests",
    "send_email",
    "send_sms",
    "set_preference",
    "set_times",
    "settings_of",
    "staff_who_may",
    "times_of",
    "unread_of",
]
