from django.utils import timezone

from apps.core.events import on
from apps.customers.events import CustomerVerified, VerificationRejected
from apps.customers.services import telling


@on(CustomerVerified)
def tell_of_verification(event: CustomerVerified) -> None:
    telling.tell_of_verification(customer_id=event.customer_id, now=timezone.now())


@on(VerificationRejected)
def tell_of_rejection(event: VerificationRejected) -> None:
    telling.tell_of_rejection(
        customer_id=event.customer_id, reason=event.reason, at=event.at, now=timezone.now()
    )
