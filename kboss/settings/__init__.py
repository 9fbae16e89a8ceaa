"""Settings of Kboss. Environment variables decide; docs/settings.md lists them all."""

from kboss.settings.environment import *  # noqa: F403
from kboss.settings.base import *  # noqa: F403  # isort: skip
from kboss.settings.storage import *  # noqa: F403
from kboss.settings.api import *  # noqa: F403
from kboss.settings.accounts import *  # noqa: F403
from kboss.settings.admin import *  # noqa: F403
from kboss.settings.jobs import *  # noqa: F403
from kboss.settings.messages import *  # noqa: F403
from kboss.settings.logs import *  # noqa: F403
from kboss.settings.payments import *  # noqa: F403
