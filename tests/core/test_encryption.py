import base64

import pytest
from django.apps.registry import Apps
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.core.encryption import (
    BlindIndexField,
    DecryptionFailed,
    EncryptedTextField,
    KeyRing,
    KeyRingIsMalformed,
    secret_fields,
)
from apps.core.encryption.checks import key_ring_is_sound
from tests.core.secret_rows import KEYS, Contact, ring, stored

pytestmark = pytest.mark.usefixtures("_keys")


class TestKeyRing:
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_gives_back_what_it_took(self, text):
        keys = KeyRing.parse(ring("k1", "k2"))

        token = keys.encrypt(text, "t|c|r")

        assert keys.decrypt(token, "t|c|r") == text
        assert token.startswith("v1.k1.")
        assert token != keys.encrypt(text, "t|c|r")

    @pytest.mark.parametrize("place", ["t|c|other", "t|other|r", "other|c|r", ""])
    def test_reads_in_its_place_only(self, place):
        keys = KeyRing.parse(ring("k1"))

        with pytest.raises(DecryptionFailed) as caught:
            keys.decrypt(keys.encrypt("secret", "t|c|r"), place)

        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        "token",
        ["", "secret", "a.b.c.d", "v1.k1.x.y", "v2.k1.AAAA.AAAA", "v1.k9.AAAA.AAAA", "v1..."],
    )
    def test_never_returns_what_it_cannot_read(self, token):
        with pytest.raises(DecryptionFailed):
            KeyRing.parse(ring("k1")).decrypt(token, "t|c|r")

    def test_notices_a_flipped_bit(self):
        keys = KeyRing.parse(ring("k1"))
        token = keys.encrypt("secret", "t|c|r")
        flipped = token[:-1] + ("A" if token[-1] != "A" else "Q")

        with pytest.raises(DecryptionFailed):
            keys.decrypt(flipped, "t|c|r")

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("", "there is no key"),
            (" , ", "there is no key"),
            ("k1", "entry 1: not the base64"),
            ("k1:abc", "entry 1: not the base64"),
            (f"k1:{base64.b64encode(b'x' * 16).decode()}", "entry 1: not the base64"),
            (f"a.b:{KEYS['k1']}", "entry 1: its id"),
            (f":{KEYS['k1']}", "entry 1: its id"),
            (f"k1:{KEYS['k1']},k1:{KEYS['k2']}", "entry 2: its id"),
        ],
    )
    def test_refuses_a_malformed_ring_without_telling_keys(self, text, reason):
        with pytest.raises(KeyRingIsMalformed, match=reason) as caught:
            KeyRing.parse(text)

        assert KEYS["k1"] not in str(caught.value)

    def test_does_not_show_its_keys(self):
        keys = KeyRing.parse(ring("k1"))

        assert "k1k1" not in repr(keys)
        assert KEYS["k1"] not in repr(keys)

    def test_indexes_depend_on_the_column_and_the_key(self):
        keys, other = KeyRing.parse(ring("k1", "k2")), KeyRing.parse(ring("k2"))

        assert keys.index("x", "t|a") == keys.index("x", "t|a")
        assert len({keys.index("x", "t|a"), keys.index("x", "t|b"), keys.index("y", "t|a")}) == 3
        assert keys.indexes("x", "t|a") == [keys.index("x", "t|a"), other.index("x", "t|a")]


class TestChecks:
    def test_pass_with_a_ring_of_its_own(self):
        assert key_ring_is_sound() == []

    @pytest.mark.parametrize("form", ["raw", "base64", "hex"])
    def test_refuse_the_secret_key(self, settings, form):
        key = b"0123456789abcdef0123456789abcdef"
        encoded = base64.b64encode(key).decode()
        settings.KBOSS_KEYS = f"k1:{encoded}"
        settings.SECRET_KEY = {"raw": key.decode(), "base64": encoded, "hex": key.hex()}[form]

        assert [error.id for error in key_ring_is_sound()] == ["core.E004"]

    def test_refuse_no_key(self, settings):
        settings.KBOSS_KEYS = ""

        assert [error.id for error in key_ring_is_sound()] == ["core.E003"]

    def test_refuse_the_published_key_in_production(self, settings):
        settings.KBOSS_KEYS, settings.IS_SANDBOX = f"sandbox:{KEYS['k1']}", False

        assert [error.id for error in key_ring_is_sound()] == ["core.E005"]


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.usefixtures("_table")
class TestField:
    """CUS-5."""

    def test_stores_ciphertext_and_reads_the_secret(self):
        contact = Contact.objects.create(name="王", phone="13800138000", bank="6222021234567890123")

        assert contact.phone == "13800138000"
        assert Contact.objects.get().phone == "13800138000"
        assert Contact.objects.only("name").get().bank == "6222021234567890123"
        assert Contact.objects.defer("row_key").get().phone == "13800138000"
        for value in (*stored("phone"), *stored("bank")):
            version, key_id, nonce, sealed = value.split(".")
            assert (version, key_id, len(nonce)) == ("v1", "k1", 16)
            assert "13800138000" not in sealed

    def test_an_empty_text_is_a_value_and_none_is_none(self):
        Contact.objects.create(name="王", phone="", bank=None)

        contact = Contact.objects.get()
        assert (contact.phone, contact.bank) == ("", None)
        assert stored("phone")[0].startswith("v1.k1.")
        assert stored("bank") == [None]
        with pytest.raises(IntegrityError):
            Contact.objects.create(name="李", phone=None)

    @pytest.mark.parametrize(
        "swap",
        [
            "UPDATE tests_contact SET phone = (SELECT p FROM (SELECT phone p FROM tests_contact "
            "WHERE name = 'b') x) WHERE name = 'a'",
            "UPDATE tests_contact SET phone = bank WHERE name = 'a'",
            "UPDATE tests_contact SET phone = 'plain' WHERE name = 'a'",
            "UPDATE tests_contact SET phone = '' WHERE name = 'a'",
        ],
        ids=["another row's", "another column's", "plain text", "empty"],
    )
    def test_ciphertext_moved_elsewhere_is_an_error(self, swap):
        Contact.objects.create(name="a", phone="13800138000", bank="1")
        Contact.objects.create(name="b", phone="13900139000", bank="2")

        with connection.cursor() as cursor:
            cursor.execute(swap)

        with pytest.raises(DecryptionFailed, match=r"tests_contact\|phone\|"):
            _ = Contact.objects.get(name="a").phone
        assert Contact.objects.get(name="b").phone == "13900139000"

    def test_saving_something_else_leaves_the_ciphertext(self):
        Contact.objects.create(name="a", phone="1")
        before = stored()

        contact = Contact.objects.get()
        contact.name = "b"
        contact.save()

        assert stored() == before

    def test_the_secret_lies_in_no_dict_repr_or_pickle(self):
        contact = Contact.objects.create(name="a", phone="13800138000")
        loaded = Contact.objects.get()

        for thing in (contact, loaded):
            assert "13800138000" not in repr(vars(thing))
            assert b"13800138000" not in thing.__reduce__()[2].__repr__().encode()
        assert "<encrypted>" in repr(vars(loaded))

    def test_values_are_ciphertext(self):
        Contact.objects.create(name="a", phone="13800138000")

        assert Contact.objects.values_list("phone", flat=True).get() == stored()[0]
        assert repr(Contact.objects.values("phone").get()) == "{'phone': <encrypted>}"

    @pytest.mark.parametrize(
        "lookup", ["phone", "phone__startswith", "phone__contains", "phone__gt", "phone__regex",
                   "phone__in", "phone__length"],
    )  # fmt: skip
    def test_is_no_oracle(self, lookup):
        with pytest.raises(FieldError):
            Contact.objects.filter(**{lookup: "1"}).exists()

    def test_finds_missing_ones(self):
        Contact.objects.create(name="a", phone="1")

        assert Contact.objects.filter(bank__isnull=True).exists()
        assert Contact.objects.filter(bank=None).exists()

    def test_refuses_writes_that_know_no_row(self):
        contact = Contact.objects.create(name="a", phone="1")

        for write in (
            lambda: Contact.objects.update(phone="2"),
            lambda: Contact.objects.bulk_update([contact], ["phone"]),
        ):
            with pytest.raises(TypeError, match="assign it and save"), transaction.atomic():
                write()
        assert Contact.objects.get().phone == "1"

    def test_bulk_create_encrypts_too(self):
        Contact.objects.bulk_create([Contact(name=str(n), phone=str(n)) for n in range(3)])

        assert [contact.phone for contact in Contact.objects.order_by("pk")] == ["0", "1", "2"]
        assert Contact.objects.filter(phone_index__matches="2").get().name == "2"

    def test_refresh_and_clean_keep_the_secret(self):
        contact = Contact.objects.create(name="a", phone="13800138000")
        contact.refresh_from_db()
        contact.full_clean()
        contact.save()

        assert Contact.objects.get().phone == "13800138000"

    def test_names_the_secret_fields(self):
        assert secret_fields(Contact) == ["phone", "phone_index", "bank", "bank_index"]

    def test_is_not_for_fixtures(self):
        contact = Contact(name="a", phone="1")

        with pytest.raises(TypeError, match="no place for secrets"):
            Contact._meta.get_field("phone").value_to_string(contact)

    def test_knows_its_migration(self):
        assert EncryptedTextField(row="uid").deconstruct()[3] == {"row": "uid"}
        options = BlindIndexField(source="phone", kind="phone").deconstruct()[3]
        assert (options["source"], options["kind"]) == ("phone", "phone")

    def test_complains_about_history_and_missing_row_keys(self):
        class Historical(models.Model):
            history_id = models.AutoField(primary_key=True)
            phone = EncryptedTextField()
            index = BlindIndexField(source="phone", kind="none")

            class Meta:
                app_label = "core"
                apps = Apps()

            def __str__(self):
                return ""

        found = [error.id for f in Historical._meta.get_fields() for error in f.check()]

        assert found == ["core.E010", "core.E011", "core.E012"]


@pytest.mark.sqlite
@pytest.mark.django_db
@pytest.mark.usefixtures("_table")
class TestBlindIndex:
    """CUS-5."""

    @pytest.mark.parametrize(
        "typed",
        [
            "13800138000",
            "138 0013 8000",
            "+86 138-0013-8000",
            "008613800138000",
            "１３８００１３８０００",
        ],
    )
    def test_finds_a_phone_however_it_is_typed(self, typed):
        Contact.objects.create(name="a", phone="+8613800138000")
        Contact.objects.create(name="b", phone="+8613900139000")

        assert Contact.objects.filter(phone_index__matches=typed).get().name == "a"

    def test_finds_text_whatever_its_case_and_width(self):
        Contact.objects.create(name="a", phone="", bank="6222 0212-ABC")

        assert Contact.objects.filter(bank_index__matches="６２２２0212abc").exists()
        assert not Contact.objects.filter(bank_index__matches="62220212ab").exists()

    @pytest.mark.parametrize("empty", ["", " ", "-"])
    def test_nothing_matches_nothing(self, empty):
        Contact.objects.create(name="a", phone="", bank=None)

        assert not Contact.objects.filter(phone_index__matches=empty).exists()
        assert (stored("phone_index"), stored("bank_index")) == ([""], [None])

    def test_may_be_unique(self):
        Contact.objects.create(name="a", phone="", bank="1")

        with pytest.raises(IntegrityError):
            Contact.objects.create(name="b", phone="", bank="1")

    def test_follows_its_secret_even_when_not_named(self):
        contact = Contact.objects.create(name="a", phone="13800138000")

        contact.phone = "13900139000"
        contact.save(update_fields=["phone"])
        assert Contact.objects.filter(phone_index__matches="13900139000").exists()

        contact = Contact.objects.defer("phone_index").get()
        contact.phone = "13700137000"
        contact.save()
        assert Contact.objects.filter(phone_index__matches="13700137000").exists()

    def test_a_save_without_the_secret_asks_for_nothing(self, django_assert_num_queries):
        Contact.objects.create(name="a", phone="13800138000")
        contact = Contact.objects.only("name").get()

        with django_assert_num_queries(1):
            contact.save(update_fields=["name"])

    def test_works_while_keys_change(self, settings):
        Contact.objects.create(name="old", phone="13800138000")
        settings.KBOSS_KEYS = ring("k2", "k1")
        Contact.objects.create(name="new", phone="13800138000")

        found = Contact.objects.filter(phone_index__matches="13800138000")

        assert {contact.name for contact in found} == {"old", "new"}
