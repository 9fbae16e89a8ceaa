import io
import logging
import threading
import uuid

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.core import encryption
from apps.core.encryption import (
    DecryptionFailed,
    KeyRing,
    key_ring,
    last4,
    mask_email,
    mask_id,
    mask_phone,
    rotation,
)
from tests.core.secret_rows import Contact, ring, stored

pytestmark = pytest.mark.usefixtures("_keys")


def rotate(*options):
    out = io.StringIO()
    call_command("rotate_secrets", *options, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def _only_contacts(monkeypatch):
    fields = [Contact._meta.get_field(name) for name in ("phone", "bank")]
    monkeypatch.setattr(rotation, "encrypted_fields", lambda: iter(fields))


@pytest.mark.sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_table", "_only_contacts")
class TestRotation:
    def fill(self, count):
        Contact.objects.bulk_create(
            [Contact(name=str(n), phone=f"1380013{n:04}") for n in range(count)], batch_size=1000
        )

    @pytest.mark.slow
    def test_10000_rows_survive_the_old_key(self, settings):
        self.fill(10_000)

        settings.KBOSS_KEYS = ring("k2", "k1")
        assert rotate() == "10000 rotated, 0 saved by others meanwhile."
        assert rotate() == "0 rotated, 0 saved by others meanwhile."

        settings.KBOSS_KEYS = ring("k2")
        contacts = Contact.objects.order_by("pk")
        assert [c.phone for c in contacts] == [f"1380013{n:04}" for n in range(10_000)]
        assert Contact.objects.filter(phone_index__matches="13800137777").get().name == "7777"

    def test_goes_on_where_it_was_stopped(self, settings):
        self.fill(10)
        settings.KBOSS_KEYS = ring("k2", "k1")

        stopped = rotation.rotate(batch=4)
        next(stopped)
        stopped.close()

        assert rotate("--batch=4") == "6 rotated, 0 saved by others meanwhile."

    @pytest.mark.slow
    def test_works_under_load(self, settings):
        """Somebody saves while the command runs: neither loses the other's work."""
        self.fill(300)
        settings.KBOSS_KEYS = ring("k2", "k1")
        saved, stop, errors = {}, threading.Event(), []

        def save_on():
            number = 0
            try:
                for contact in Contact.objects.order_by("-pk").iterator(chunk_size=500):
                    if stop.is_set():
                        break
                    number += 1
                    contact.phone = f"1390013{number:04}"
                    contact.save()
                    saved[contact.pk] = contact.phone
            except Exception as error:  # noqa: BLE001  handed to the test
                errors.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=save_on)
        thread.start()
        rotate("--batch=20")
        stop.set()
        thread.join(timeout=60)
        rotate()

        assert errors == []
        settings.KBOSS_KEYS = ring("k2")
        now_stored = {c.pk: c.phone for c in Contact.objects.all()}
        assert {pk: now_stored[pk] for pk in saved} == saved
        assert len(now_stored) == 300

    def test_an_overtaken_row_keeps_what_was_saved(self, settings, monkeypatch):
        self.fill(1)
        settings.KBOSS_KEYS = ring("k2", "k1")
        decrypt = KeyRing.decrypt

        def save_in_between(self, token, place):
            text = decrypt(self, token, place)
            monkeypatch.setattr(KeyRing, "decrypt", decrypt)
            contact = Contact.objects.get()
            contact.phone = "13900139000"
            contact.save()
            return text

        monkeypatch.setattr(KeyRing, "decrypt", save_in_between)

        assert rotate() == "0 rotated, 1 saved by others meanwhile."
        assert Contact.objects.get().phone == "13900139000"

    def test_names_what_it_cannot_read_and_goes_on(self, settings):
        self.fill(3)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tests_contact SET phone = 'v1.k1.x.y' WHERE name = '1'")
        settings.KBOSS_KEYS = ring("k2", "k1")

        with pytest.raises(CommandError, match=r"1 unreadable.*\ntests_contact\|phone\|"):
            rotate()

        assert sum(value.startswith("v1.k2.") for value in stored()) == 2


def test_finds_every_encrypted_field_of_the_project():
    fields = {f"{f.model._meta.label}.{f.name}" for f in rotation.encrypted_fields()}

    assert all("." in name for name in fields)
    assert "core.Contact.phone" not in fields


@pytest.mark.django_db
@pytest.mark.usefixtures("_table")
def test_canaries_appear_in_no_dump_and_no_log(caplog, capsys):
    """A dump of the table, SQL logging and errors hold none of the planted secrets."""
    caplog.set_level(logging.DEBUG, logger="django.db.backends")
    connection.force_debug_cursor = True
    canaries = [f"canary-{uuid.uuid4()}" for _ in range(20)]
    try:
        for canary in canaries:
            contact = Contact.objects.create(name="a", phone=canary, bank=canary)
            logging.getLogger("kboss").warning("saved %r %r", contact, vars(contact))
        Contact.objects.filter(phone_index__matches=canaries[0]).get()
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM tests_contact")
            dump = repr(cursor.fetchall())
            cursor.execute("UPDATE tests_contact SET phone = bank")
        with pytest.raises(DecryptionFailed) as caught:
            _ = Contact.objects.first().phone
    finally:
        connection.force_debug_cursor = False
        connection.queries_log.clear()
    printed = capsys.readouterr()

    traces = (dump, caplog.text, str(caught.getrepr()), *printed)
    assert len(dump) > 1000
    assert "INSERT INTO" in caplog.text
    assert not [canary for canary in canaries for trace in traces if canary in trace]


@pytest.mark.parametrize(
    ("mask", "secret", "shown"),
    [
        (mask_phone, "13800138000", "138****8000"),
        (mask_phone, "+8613800138000", "138****8000"),
        (mask_phone, "+14155550123", "+14****0123"),
        (mask_phone, "12345", "*****"),
        (mask_phone, "", ""),
        (mask_email, "zhang@example.com", "z***@example.com"),
        (mask_email, "x", "*"),
        (mask_id, "11010119900307771X", "110***********771X"),
        (mask_id, "1234567", "*******"),
        (last4, "LTAI5tabcdefcdef", "****cdef"),
        (last4, "short", "*****"),
    ],
)
def test_masks(mask, secret, shown):
    assert mask(secret) == shown


def test_the_package_exports_what_others_use():
    assert set(encryption.__all__) >= {"EncryptedTextField", "BlindIndexField", "RowKeyed"}
    assert key_ring().primary == "k1"
