"""Celery. The broker is never a ledger: rows are the queue, and sweeps find what was lost."""

from typing import Any

from celery.schedules import crontab

from kboss.settings.environment import KBOSS_ENVIRONMENT, required

CELERY_BROKER_URL = required("KBOSS_BROKER_URL", "memory://")
# One try, and a short one: a request never waits for the broker, as the sweeps find what it lost.
BROKER_OPTIONS = {
    "visibility_timeout": 1800,
    "socket_connect_timeout": 0.5,
    "socket_timeout": 5,
    "max_retries": 0,
}
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"polling_interval": 0.1} if CELERY_BROKER_URL == "memory://" else BROKER_OPTIONS
)
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1500  # below the visibility timeout, or a long job would run twice
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "Asia/Shanghai"
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_ALWAYS_EAGER = KBOSS_ENVIRONMENT == "test"
CELERY_TASK_EAGER_PROPAGATES = True

# Sweeps: what waits is found here even when every message was lost.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "core.relay_outbox": {"task": "core.relay_outbox", "schedule": 10.0},
    "notifications.deliver_due": {"task": "notifications.deliver_due", "schedule": 30.0},
    "notifications.ask_unknown": {"task": "notifications.ask_unknown", "schedule": 60.0},
    "notifications.send_digests": {"task": "notifications.send_digests", "schedule": 60.0},
    "notifications.prune_live_events": {
        "task": "notifications.prune_live_events",
        "schedule": crontab(minute="*/10"),
    },
    "notifications.prune_dingtalk_events": {
        "task": "notifications.prune_dingtalk_events",
        "schedule": crontab(hour="3", minute="50"),
    },
    "approvals.poll_dingtalk": {"task": "approvals.poll_dingtalk", "schedule": 30.0},
    # Machines boot for seconds: the runner looks again as often.
    "orders.run_due_sagas": {"task": "orders.run_due_sagas", "schedule": 2.0},
    # Told at once where a service changed something: this finds the rest.
    "products.refresh_shelf": {"task": "products.refresh_shelf", "schedule": 60.0},
    "products.sweep_catalogue_imports": {
        "task": "products.sweep_catalogue_imports",
        "schedule": 60.0,
    },
    "products.apply_price_changes": {"task": "products.apply_price_changes", "schedule": 60.0},
    "orders.cancel_unpaid": {"task": "orders.cancel_unpaid", "schedule": 300.0},
    "clouds.release_due": {"task": "clouds.release_due", "schedule": 300.0},
    "clouds.expire_resources": {"task": "clouds.expire_resources", "schedule": 60.0},
    "clouds.rate_due_months": {
        "task": "clouds.rate_due_months",
        "schedule": crontab(minute="*/10"),
    },
    "clouds.rerate_usage": {"task": "clouds.rerate_usage", "schedule": crontab(minute="*/10")},
    "clouds.sweep_bill_imports": {"task": "clouds.sweep_bill_imports", "schedule": 60.0},
    "clouds.sweep_price_syncs": {"task": "clouds.sweep_price_syncs", "schedule": 60.0},
    "clouds.start_price_syncs": {
        "task": "clouds.start_price_syncs",
        "schedule": crontab(hour="6", minute="20"),
    },
    "clouds.sync_accounts": {"task": "clouds.sync_accounts", "schedule": crontab(minute="*/5")},
    "approvals.run_due_effects": {"task": "approvals.run_due_effects", "schedule": 30.0},
    "approvals.follow_people": {"task": "approvals.follow_people", "schedule": 60.0},
    "approvals.remind_and_escalate": {
        "task": "approvals.remind_and_escalate",
        "schedule": crontab(minute="*/5"),
    },
    "approvals.install_flows": {
        "task": "approvals.install_flows",
        "schedule": crontab(minute="7"),
    },
    "core.seal_audit": {"task": "core.seal_audit", "schedule": crontab(minute="*/5")},
    "rbac.purge_sign_in_records": {
        "task": "rbac.purge_sign_in_records",
        "schedule": crontab(hour="3", minute="40"),
    },
    "approvals.seal_due": {"task": "approvals.seal_due", "schedule": 300.0},
    "approvals.look_at_calendar": {
        "task": "approvals.look_at_calendar",
        "schedule": crontab(hour="9", minute="5"),
    },
    "products.issue_waiting_vouchers": {
        "task": "products.issue_waiting_vouchers",
        "schedule": 60.0,
    },
    "products.close_what_is_over": {"task": "products.close_what_is_over", "schedule": 60.0},
    "products.remind_of_vouchers": {
        "task": "products.remind_of_vouchers",
        "schedule": crontab(hour="9", minute="30"),
    },
    "billing.settle_recharges": {"task": "billing.settle_recharges", "schedule": 30.0},
    "products.expire_agreements": {
        "task": "products.expire_agreements",
        "schedule": crontab(minute="*/5"),
    },
    "products.run_waiting_dry_runs": {
        "task": "products.run_waiting_dry_runs",
        "schedule": 60.0,
    },
    "products.notice_agreements": {
        "task": "products.notice_agreements",
        "schedule": crontab(hour="9", minute="10"),
    },
    "billing.verify_ledger": {
        "task": "billing.verify_ledger",
        "schedule": crontab(hour="3", minute="20"),
    },
}
