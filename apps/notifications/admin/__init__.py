from apps.notifications.admin import deliveries, dingtalk

__all__ = ["deliveries", "dingtalk"]
