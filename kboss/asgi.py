import os

from django.core.asgi import get_asgi_application

from kboss.garbage import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
django = get_asgi_application()

from apps.notifications.live.gate import LiveGate  # noqa: E402  models load after the settings

application = LiveGate(django)
collect_seldom()
