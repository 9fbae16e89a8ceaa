# ruff: noqa: F403  each module below is a part of the settings
"""Settings of Kboss. Environment variables decide; docs/settings.md lists them all."""

from kboss.settings.accounts import *
from kboss.settings.admin import *
from kboss.settings.api import *
from kboss.settings.approvals import *
from kboss.settings.base import *
from kboss.settings.environment import *
from kboss.settings.jobs import *
from kboss.settings.logs import *
from kboss.settings.messages import *
from kboss.settings.payments import *
from kboss.settings.sales import *
from kboss.settings.storage import *
