from datetime import datetime

from django.contrib.auth.hashers import check_password
from django.db import transaction
from django.utils import timezone

from apps.core import audit
from apps.core.events import publish
from apps.rbac.events import PasswordChanged
from apps.rbac.models import PasswordDigest, User

REMEMBERED = 5


def was_used(*, user: User, password: str) -> bool:
    """Whether `password` is the user's own or one of his last five. Trusted: a policy's read."""
    if user.pk is None:
        return False
    former = user.password_digests.values_list("encoded", flat=True)[:REMEMBERED]
    present = [user.password] if user.has_usable_password() else []
    return any(check_password(password, encoded) for encoded in [*present, *former])


def remember_password(*, user: User, now: datetime | None = None) -> None:
    """Add the present hash to the history and forget what is older than five.

    Trusted: called by Django whenever a new password has been saved.
    """
    PasswordDigest.objects.create(user=user, encoded=user.password, set_at=now or timezone.now())
    kept = user.password_digests.values_list("pk", flat=True)[:REMEMBERED]
    user.password_digests.exclude(pk__in=list(kept)).delete()


@transaction.atomic
def record_change(*, user: User) -> None:
    """Tell the log and whoever listens that the password is new. Trusted: the door changed it."""
    entry = audit.record(actor=user, verb="user.password_changed", thing=user)
    publish(PasswordChanged(user_id=user.pk, audit_entry_id=entry.pk))
