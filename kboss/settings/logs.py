"""Logs: one line an event, with the request id, and without secrets."""

from kboss.settings.environment import env

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "apps.core.logs.RedactFilter"}},
    "formatters": {"line": {"()": "apps.core.logs.LineFormatter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["redact"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["console"], "level": env.str("KBOSS_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "uvicorn.access": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},  # warns that memory:// names no host
        "urllib3": {"level": "INFO"},  # DEBUG prints whole addresses: SMS carry codes in theirs
        "darabonba-core": {"level": "WARNING", "propagate": False},
    },
}
