from apps.core.events import on
from apps.rbac import tasks
from apps.rbac.events import SignedInFromNewDevice


@on(SignedInFromNewDevice)
def tell_of_new_device(event: SignedInFromNewDevice) -> None:
    tasks.tell_of_new_device.delay(sign_in_event_id=event.sign_in_event_id)
