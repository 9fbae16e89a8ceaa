from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.encryption import BlindIndexField, EncryptedTextField, RowKeyed
from apps.core.models import history
from apps.customers.enums import ContactRole
from apps.customers.models.accounts import Customer
from apps.rbac.scoping import ScopedQuerySet


class ContactQuerySet(ScopedQuerySet["Contact"]):
    tenant_path = "customer__tenant"


class Contact(RowKeyed):
    """Whom to talk to at a customer. The phone number is stored encrypted (CUS-5)."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=100)
    role = models.CharField(_("role"), max_length=16, choices=ContactRole)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = EncryptedTextField(_("phone"), blank=True)
    phone_index = BlindIndexField(source="phone")
    history = history(secret=["phone", "phone_index"])

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        permissions = [("reveal_contact", "Can reveal phone numbers")]

    def __str__(self) -> str:
        return f"{self.name} ({ContactRole(self.role).label})"
