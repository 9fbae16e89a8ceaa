from apps.notifications.admin import deliveries, dingtalk, inbox, texts

__all__ = ["deliveries", "dingtalk", "inbox", "texts"]
