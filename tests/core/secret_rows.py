"""A table with two secrets, for the tests of encryption."""

import base64

from django.apps.registry import Apps
from django.db import connection, models

from apps.core.encryption import BlindIndexField, EncryptedTextField, RowKeyed

KEYS = {name: base64.b64encode(name.encode() * 16).decode() for name in ("k1", "k2", "k3")}
registry = Apps()


def ring(*names):
    return ",".join(f"{name}:{KEYS[name]}" for name in names)


class Contact(RowKeyed):
    """A row with two secrets, one of them searchable."""

    name = models.CharField(max_length=50)
    phone = EncryptedTextField()
    phone_index = BlindIndexField(source="phone", kind="phone")
    bank = EncryptedTextField(null=True, blank=True)
    bank_index = BlindIndexField(source="bank", null=True, unique=True, db_index=False)

    class Meta:
        app_label = "core"
        apps = registry
        db_table = "tests_contact"

    def __str__(self):
        return self.name


def stored(column="phone"):
    """What the database itself holds in a column."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM tests_contact ORDER BY id")  # noqa: S608
        return [value for (value,) in cursor.fetchall()]
