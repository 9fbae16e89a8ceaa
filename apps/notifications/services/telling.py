"""What happened to an account, told to its owner."""

from datetime import datetime

from django.utils import timezone, translation

from apps.notifications.devices import device_of
from apps.notifications.messages import NEW_DEVICE, PASSWORD_CHANGED, ROLE_GRANTED, ROLE_REVOKED
from apps.notifications.services.notifying import notify
from apps.rbac.models import Role, SignInEvent, User

STAFF_HOME, PORTAL_SECURITY = "/admin/", "/account/security"


def tell_of_new_device(*, sign_in_event_id: int, now: datetime) -> None:
    """SEC-3. Trusted: a receiver's work."""
    event = SignInEvent.objects.select_related("user").get(pk=sign_in_event_id)
    if event.user is None:
        return
    facts = {
        "device": device_of(event.user_agent),
        "at": moment(at=event.at),
        "ip": event.ip or "—",
    }
    notify(
        kind=NEW_DEVICE.code,
        to=[event.user],
        facts=facts,
        key=f"signin:{event.pk}",
        now=now,
        link=_security(event.user),
    )


def tell_of_password(*, user_id: int, audit_entry_id: int, now: datetime) -> None:
    """Trusted: a receiver's work."""
    user = User.objects.get(pk=user_id)
    notify(
        kind=PASSWORD_CHANGED.code,
        to=[user],
        facts={"at": moment(at=now)},
        key=f"password:{audit_entry_id}",
        now=now,
        link=_security(user),
    )


def tell_of_role(
    *, user_id: int, role_id: int, grant_id: int, is_granted: bool, now: datetime
) -> None:
    """Trusted: a receiver's work."""
    user, role = User.objects.get(pk=user_id), Role.objects.get(pk=role_id)
    kind = ROLE_GRANTED if is_granted else ROLE_REVOKED
    with translation.override(user.language):
        facts = {"role": str(role)}
    notify(
        kind=kind.code,
        to=[user],
        facts=facts,
        key=f"role:{grant_id}",
        now=now,
        link=STAFF_HOME if user.is_staff else "",
    )


def moment(*, at: datetime) -> str:
    """A moment as messages write it, in Shanghai's time. Trusted: no row is read."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _security(user: User) -> str:
    return STAFF_HOME if user.is_staff else PORTAL_SECURITY
