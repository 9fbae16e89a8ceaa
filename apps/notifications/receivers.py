from django.utils import timezone

from apps.core.events import on
from apps.notifications import tasks
from apps.notifications.events import DeliveryQueued
from apps.notifications.services import telling
from apps.rbac.events import PasswordChanged, RoleGranted, RoleRevoked, SignedInFromNewDevice


@on(DeliveryQueued)
def deliver(event: DeliveryQueued) -> None:
    tasks.deliver.delay(delivery_id=event.delivery_id)


@on(SignedInFromNewDevice)
def tell_of_new_device(event: SignedInFromNewDevice) -> None:
    telling.tell_of_new_device(sign_in_event_id=event.sign_in_event_id, now=timezone.now())


@on(PasswordChanged)
def tell_of_password(event: PasswordChanged) -> None:
    telling.tell_of_password(
        user_id=event.user_id, audit_entry_id=event.audit_entry_id, now=timezone.now()
    )


@on(RoleGranted)
def tell_of_role(event: RoleGranted) -> None:
    telling.tell_of_role(
        user_id=event.user_id,
        role_id=event.role_id,
        grant_id=event.grant_id,
        is_granted=True,
        now=timezone.now(),
    )


@on(RoleRevoked)
def tell_of_lost_role(event: RoleRevoked) -> None:
    telling.tell_of_role(
        user_id=event.user_id,
        role_id=event.role_id,
        grant_id=event.grant_id,
        is_granted=False,
        now=timezone.now(),
    )
