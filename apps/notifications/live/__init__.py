"""Live push: what happens reaches the pages that are open, by server-sent events (docs/live.md)."""

from apps.notifications.live.publishing import push

__all__ = ["push"]
