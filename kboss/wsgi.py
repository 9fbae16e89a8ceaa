import os

from django.core.wsgi import get_wsgi_application

from kboss.garbage import collect_seldom

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kboss.settings")
application = get_wsgi_application()
collect_seldom()
