"""Office hours, and the certificate of the electronic seal."""

from kboss.settings.environment import env

# Reminders, escalations and the time that a decision took are counted in office hours. What lies
# between two spans of a day is the lunch break.
OFFICE_HOURS = env.str("KBOSS_OFFICE_HOURS", "09:00-12:00,13:30-18:00")
