"""What the shop promises."""

from datetime import timedelta

from kboss.settings.environment import env

# A quote is ordered within this time, or priced again.
QUOTE_VALID_FOR = timedelta(minutes=env.int("KBOSS_QUOTE_MINUTES", 30))
