from datetime import datetime

from django.db import transaction
from django.utils import timezone
from stdnum.cn import uscc as uscc_number
from stdnum.exceptions import ValidationError

from apps.core import audit
from apps.core.events import publish
from apps.core.numbers import next_number
from apps.customers.enums import (
    VERIFICATION_FLOW,
    ContactRole,
    CustomerPerm,
    VerificationStatus,
)
from apps.customers.errors import CompanyNameIsMissing, UsccIsInvalid, UsccIsTaken
from apps.customers.events import CustomerRegistered, CustomerVerified, VerificationRejected
from apps.customers.models import Contact, Customer, Membership
from apps.customers.services.contacts import ContactFacts, enter_contact
from apps.rbac import services as rbac
from apps.rbac.models import Tenant, User


@transaction.atomic
def register_customer(
    *, user: User, company_name: str, now: datetime, tenant: Tenant | None = None
) -> Customer:
    """A new customer with `user` as its primary account; sold to by `tenant`, else the user's.

    Trusted: called when a person signs up.
    :raises CompanyNameIsMissing: if the name is blank
    """
    name = company_name.strip()
    if not name:
        raise CompanyNameIsMissing(fields={"company_name": CompanyNameIsMissing.message})
    customer = Customer.objects.create(
        number=next_number("C", on=timezone.localdate(now)),
        tenant=tenant or user.tenant,
        name=name,
        created_at=now,
    )
    Membership.objects.create(customer=customer, user=user, is_primary=True)
    facts = ContactFacts(  # without the phone number, which nobody has proved yet
        name=user.display_name or user.email,
        roles=[ContactRole.PRIMARY],
        email=user.email,
        user=user,
    )
    enter_contact(customer=customer, facts=facts, actor=user, now=now)
    audit.record(actor=user, verb="customer.registered", thing=customer)
    publish(CustomerRegistered(customer_id=customer.pk))
    return customer


@transaction.atomic
def forget_registration(*, user: User) -> None:
    """Remove the company that a sign-up made and nobody ever used.

    Trusted: called when an unfinished sign-up is purged.
    :raises ProtectedError: if anything was done with the company; nothing is removed then
    """
    companies = Customer.objects.filter(
        memberships__user=user, verification=VerificationStatus.UNVERIFIED
    )
    for customer in list(companies.exclude(memberships__in=Membership.objects.exclude(user=user))):
        Contact.objects.filter(customer=customer, user=user).delete()
        Membership.objects.filter(customer=customer, user=user).delete()
        customer.delete()


@transaction.atomic
def submit_verification(*, customer: Customer, uscc: str, actor: User, now: datetime) -> Customer:
    """Ask for the real-name check of a company by its unified social credit code.

    :raises UsccIsInvalid: if the check digit or the alphabet is wrong (GB 32100-2015)
    :raises UsccIsTaken: if another customer of the tenant has it
    """
    rbac.require(actor, CustomerPerm.SUBMIT, customer)
    customer = Customer.objects.lock(customer)
    customer.uscc = _valid_uscc(uscc)
    others = Customer.objects.exclude(pk=customer.pk).filter(tenant=customer.tenant_id)
    if others.filter(uscc=customer.uscc).exists():
        raise UsccIsTaken
    customer.save(update_fields=["uscc"])
    VERIFICATION_FLOW.move(customer, VerificationStatus.PENDING, actor=actor)
    return customer


@transaction.atomic
def confirm_verification(*, customer: Customer, actor: User, now: datetime) -> Customer:
    """Staff found the papers in order: the customer may buy."""
    rbac.require(actor, CustomerPerm.VERIFY, customer)
    customer = Customer.objects.lock(customer)
    VERIFICATION_FLOW.move(customer, VerificationStatus.VERIFIED, actor=actor, verified_at=now)
    publish(CustomerVerified(customer_id=customer.pk))
    return customer


@transaction.atomic
def reject_verification(
    *, customer: Customer, actor: User, now: datetime, reason: str = ""
) -> Customer:
    """Staff found something wrong: the customer may correct it and apply again."""
    rbac.require(actor, CustomerPerm.VERIFY, customer)
    customer = Customer.objects.lock(customer)
    VERIFICATION_FLOW.move(customer, VerificationStatus.REJECTED, actor=actor, reason=reason)
    publish(VerificationRejected(customer_id=customer.pk, reason=reason, at=f"{now:%Y%m%d%H%M%S}"))
    return customer


def _valid_uscc(text: str) -> str:
    try:
        return uscc_number.validate(text)
    except ValidationError as error:
        raise UsccIsInvalid(uscc=text) from error
