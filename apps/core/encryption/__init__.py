"""Secrets at rest: AES-256-GCM with a key ring of its own, bound to table, column and row.

class Contact(RowKeyed):
    phone = EncryptedTextField()
    phone_index = BlindIndexField(source="phone", kind="phone")
    history = history(secret=("phone", "phone_index"))

Contact.objects.filter(phone_index__matches="138 0013 8000")
mask_phone(contact.phone)           # 138****8000
"""

from apps.core.encryption.fields import (
    BlindIndexField,
    EncryptedTextField,
    RowKeyed,
    secret_fields,
)
from apps.core.encryption.keys import DecryptionFailed, KeyRing, KeyRingIsMalformed, key_ring
from apps.core.encryption.masking import last4, mask_email, mask_id, mask_phone

__all__ = [
    "BlindIndexField",
    "DecryptionFailed",
    "EncryptedTextField",
    "KeyRing",
    "KeyRingIsMalformed",
    "RowKeyed",
    "key_ring",
    "last4",
    "mask_email",
    "mask_id",
    "mask_phone",
    "secret_fields",
]
