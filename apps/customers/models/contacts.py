from typing import Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.encryption import BlindIndexField, EncryptedTextField, RowKeyed
from apps.core.models import history
from apps.customers.enums import ContactRole
from apps.customers.models.accounts import Customer
from apps.customers.models.fields import ChoiceSetField, marked
from apps.rbac.scoping import ScopedQuerySet


class ContactQuerySet(ScopedQuerySet["Contact"]):
    tenant_path = "customer__tenant"

    def active(self) -> Self:
        return self.filter(is_active=True)

    def with_role(self, role: ContactRole) -> Self:
        return self.filter(roles__contains=marked(role))

    def with_phone(self, text: str) -> Self:
        """By the whole number in any spelling, or by its last four digits."""
        return self.filter(models.Q(phone_index__matches=text) | models.Q(phone_tail__matches=text))

    def same_person_as(self, contact: "Contact") -> Self:
        """Rows at other customers with the same portal account, phone number or address."""
        same = models.Q(pk__in=[])
        if contact.user_id:
            same |= models.Q(user=contact.user_id)
        if contact.phone:
            same |= models.Q(phone_index__matches=contact.phone)
        if contact.email:
            same |= models.Q(email=contact.email)
        return self.filter(same).exclude(customer=contact.customer_id)


class Contact(RowKeyed):
    """A person to turn to at a customer. Who works for several companies has a row at each."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contacts", verbose_name=_("customer")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("portal account"),
    )
    name = models.CharField(_("name"), max_length=100, db_index=True)
    roles = ChoiceSetField(_("contact roles"), max_length=100, choices=ContactRole)
    email = models.EmailField(_("e-mail"), blank=True, db_index=True)
    phone = EncryptedTextField(_("phone"), blank=True, default="")
    phone_index = BlindIndexField(source="phone", kind="phone")
    phone_tail = BlindIndexField(source="phone", kind="phone_tail")
    phone_masked = models.CharField(_("phone"), max_length=20, blank=True, editable=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"))
    history = history(secret=["phone", "phone_index", "phone_tail"])

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("pk",)
        permissions = [("reveal_contact", "Can see contacts' phone numbers")]
        constraints = [
            models.UniqueConstraint(fields=["customer", "user"], name="contact_user_once"),
            models.CheckConstraint(
                name="contact_reachable",
                condition=~models.Q(email="") | ~models.Q(phone_masked=""),
            ),
            models.CheckConstraint(name="contact_has_role", condition=~models.Q(roles="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tenant_id(self) -> int:
        """Whose it is: the audit log asks."""
        return self.customer.tenant_id
