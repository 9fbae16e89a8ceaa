"""How much waits for the person who looks: the numbers beside the sidebar's pages."""

from django.http import HttpRequest

from apps.approvals.models import Task
from apps.billing.models import PayoutStop
from apps.clouds.models import Resource, SubAccount
from apps.customers.enums import VerificationStatus
from apps.customers.models import Customer
from apps.notifications.models import Message
from apps.orders.models import Order
from apps.products.enums import PriceChangeStatus
from apps.products.models import PriceChange
from apps.rbac.models import RoleGrant, User


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101  the admin lets nobody else in
    return request.user


def customers_to_verify(request: HttpRequest) -> int:
    waiting = Customer.objects.filter(verification=VerificationStatus.PENDING)
    return waiting.visible_to(_user(request)).count()


def orders_held(request: HttpRequest) -> int:
    return Order.objects.parked().visible_to(_user(request)).count()


def resources_drifting(request: HttpRequest) -> int:
    return Resource.objects.drifting().visible_to(_user(request)).count()


def grants_waiting(request: HttpRequest) -> int:
    return RoleGrant.objects.pending().visible_to(_user(request)).count()


def accounts_unmapped(request: HttpRequest) -> int:
    """Sub-accounts whose usage waits because nobody has said whose they are."""
    return SubAccount.objects.filter(customer=None).visible_to(_user(request)).count()


def prices_to_submit(request: HttpRequest) -> int:
    """Price changes that nobody has submitted yet; a thousand says enough."""
    waiting = PriceChange.objects.filter(status=PriceChangeStatus.PROPOSED)
    return waiting.visible_to(_user(request)).order_by()[:1000].count()


def payouts_stopped(request: HttpRequest) -> int:
    """Whether the books disagree: payouts wait until somebody has looked."""
    return PayoutStop.objects.in_force().visible_to(_user(request)).count()


def approvals_to_do(request: HttpRequest) -> int:
    """What this person must decide, himself or as a stand-in."""
    return Task.objects.open_for(_user(request)).values("approval").distinct().count()


def messages_unread(request: HttpRequest) -> int:
    return Message.objects.visible_to(_user(request)).unread().count()
