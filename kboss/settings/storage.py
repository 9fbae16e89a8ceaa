"""Database, cache, files."""

from typing import Any

from kboss.settings.environment import BASE_DIR, IS_PRODUCTION, VAR_DIR, env, required

(VAR_DIR / "static").mkdir(parents=True, exist_ok=True)

_database: dict[str, Any] = env.db_url_config(
    required("KBOSS_DATABASE_URL", f"sqlite:///{VAR_DIR / 'kboss.sqlite3'}")
)
if _database["ENGINE"] == "django.db.backends.mysql":
    _database["ENGINE"] = "kboss.mariadb"
    # READ COMMITTED: a snapshot older than the lock oversells. Strict: a cut amount is an error.
    _database["OPTIONS"] = {
        **_database.get("OPTIONS", {}),
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "sql_mode": "STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,ERROR_FOR_DIVISION_BY_ZERO",
    }
    # Under ASGI each request has a thread of its own: a connection that outlives the request serves
    # nobody again, and 32 visitors at once would use up the server's 151.
    _database["CONN_MAX_AGE"] = 0
else:
    # One writer at a time, waiting its turn; readers never wait.
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # recursive_triggers: REPLACE INTO an append-only table meets its DELETE trigger.
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;"
        "PRAGMA recursive_triggers=ON;",
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": env.cache_url_config(required("KBOSS_CACHE_URL", "locmemcache://"))}
# Live push wakes other processes over the Redis that caches; without one each looks by itself.
LIVE_REDIS_URL = (
    CACHES["default"]["LOCATION"] if "redis" in CACHES["default"]["BACKEND"].lower() else ""
)
SESSION_ENGINE = "django.contrib.sessions.backends.db"

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS: list[Any] = [BASE_DIR / "static"]
MEDIA_ROOT = env.str("KBOSS_MEDIA_ROOT", str(VAR_DIR / "media"))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
PORTAL_DIST = BASE_DIR / "frontend" / "dist"
if PORTAL_DIST.exists():
    STATICFILES_DIRS.append(("portal", PORTAL_DIST))
