"""What the shop promises."""

from datetime import timedelta

from kboss.settings.environment import env

# A quote is ordered within this time, or priced again.
QUOTE_VALID_FOR = timedelta(minutes=env.int("KBOSS_QUOTE_MINUTES", 30))

# A bill takes what changes in its month for so long after its end; then the next open one does.
BILL_OPEN_FOR = timedelta(days=env.int("KBOSS_BILL_OPEN_DAYS", 28))
