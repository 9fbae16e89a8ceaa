from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import ProtectedError

from apps.core import audit
from apps.core.events import publish
from apps.rbac import ports
from apps.rbac.enums import TenantKind, UserKind
from apps.rbac.events import UserRegistered
from apps.rbac.models import PhoneVerification, Role, Tenant, User, UserRole

OWNER_ROLE = "portal-owner"
UNFINISHED_AFTER = timedelta(days=7)


def new_portal_user(*, language: str) -> User:
    """An unsaved portal user of the platform. Trusted: part of a sign-up."""
    platform = Tenant.objects.filter(kind=TenantKind.PLATFORM).order_by("path")[:1].get()
    return User(kind=UserKind.PORTAL, tenant=platform, language=language)


def register(*, user: User, company_name: str, now: datetime) -> None:
    """Make a saved user the owner of a new customer; all of it or nothing.

    Trusted: runs in the transaction of the sign-up.
    """
    UserRole.objects.create(user=user, role=Role.objects.get(code=OWNER_ROLE))
    ports.registration()(user=user, company_name=company_name, now=now)
    audit.record(actor=user, verb="user.registered", thing=user)
    publish(UserRegistered(user_id=user.pk))


@transaction.atomic
def set_phone(*, user: User, phone: str, verified_at: datetime | None) -> None:
    """Write down a number that its user typed, and whether he proved it by a code.

    Trusted: the door has asked for the code, or will.
    """
    if user.phone != phone:
        user.phone = phone
        user.save(update_fields=["phone"])
        audit.record(actor=user, verb="user.phone_changed", thing=user)
    PhoneVerification.objects.update_or_create(
        user=user, defaults={"phone": phone, "verified_at": verified_at}
    )


def vouch_for_address(*, user: User) -> None:
    """Let allauth know the address of an account that staff made, as verified.

    Without a row of its own the old address would not be told when the account gets a new one.
    Trusted: the door has made sure that it is the user himself.
    """
    if not EmailAddress.objects.filter(user=user).exists():
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


def purge_unfinished(*, now: datetime) -> int:
    """Remove sign-ups whose address was not proved within a week; how many.

    Who has done anything, or was given anything, stays. Trusted: housekeeping.
    """
    unproved = User.objects.filter(
        kind=UserKind.PORTAL,
        last_login__isnull=True,
        created_at__lt=now - UNFINISHED_AFTER,
        emailaddress__verified=False,
    ).exclude(emailaddress__verified=True)
    return sum(_purge(user) for user in unproved.distinct().order_by("pk")[:500])


def _purge(user: User) -> bool:
    try:
        with transaction.atomic():
            ports.unregistration()(user=user)
            audit.record(actor=None, verb="user.sign_up_purged", thing=user)
            UserRole.objects.filter(user=user).delete()
            user.delete()
    except ProtectedError:
        return False
    return True
