"""Phone numbers of suppliers are encrypted; suppliers' terms name their supplier.

What was in the table of contacts is sealed row by row, and the plain column goes, also from the
history. A term is given the supplier that its text names, or the only one who sells its vendor.
"""

import uuid
from typing import Any

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import apps.core.encryption.fields
from apps.core.encryption import mask_phone

PURCHASE = "purchase"  # what a distributor pays the level above: nobody's term


def seal_phones(state: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    contacts = state.get_model("products", "SupplierContact")
    for contact in contacts.objects.order_by("pk").iterator(chunk_size=500):
        contact.row_key = uuid.uuid4()
        contact.phone = contact.plain_phone or None
        contact.phone_masked = mask_phone(contact.plain_phone)
        contact.save(update_fields=["row_key", "phone", "phone_masked"])


def name_suppliers(state: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    terms = state.get_model("products", "SupplierTerm")
    suppliers = list(
        state.get_model("products", "Supplier").objects.prefetch_related("vendors").order_by("pk")
    )
    for term in terms.objects.exclude(kind=PURCHASE).order_by("pk"):
        found = _supplier_of(term, [one for one in suppliers if one.tenant_id == term.tenant_id])
        if found is not None:
            term.supplier = found
            term.save(update_fields=["supplier"])


def _supplier_of(term: Any, suppliers: list[Any]) -> Any:
    text = f"{term.name} {term.note}"
    named = [one for one in suppliers if one.name in text]
    sells = [one for one in suppliers if term.vendor_id in {row.pk for row in one.vendors.all()}]
    for found in (named, sells if term.vendor_id else []):
        if len(found) == 1:
            return found[0]
    return None


class Migration(migrations.Migration):
    dependencies = [("products", "0014_price_list_approval")]

    operations = [
        migrations.AlterModelOptions(
            name="suppliercontact",
            options={
                "ordering": ("pk",),
                "permissions": [
                    ("reveal_suppliercontact", "Can see whole phone numbers of suppliers")
                ],
                "verbose_name": "supplier's contact",
                "verbose_name_plural": "supplier's contacts",
            },
        ),
        migrations.RemoveField(model_name="historicalsuppliercontact", name="phone"),
        migrations.RenameField(
            model_name="suppliercontact", old_name="phone", new_name="plain_phone"
        ),
        migrations.AddField(
            model_name="suppliercontact",
            name="row_key",
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="historicalsuppliercontact",
            name="row_key",
            field=models.UUIDField(db_index=True, default=uuid.uuid4, editable=False),
        ),
        migrations.AddField(
            model_name="suppliercontact",
            name="phone",
            field=apps.core.encryption.fields.EncryptedTextField(
                blank=True, null=True, row="row_key", verbose_name="business phone"
            ),
        ),
        migrations.AddField(
            model_name="suppliercontact",
            name="phone_masked",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                max_length=20,
                verbose_name="business phone",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="historicalsuppliercontact",
            name="phone_masked",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                max_length=20,
                verbose_name="business phone",
            ),
            preserve_default=False,
        ),
        migrations.RunPython(seal_phones, migrations.RunPython.noop),
        migrations.RemoveField(model_name="suppliercontact", name="plain_phone"),
        migrations.AlterField(
            model_name="suppliercontact",
            name="row_key",
            field=models.UUIDField(default=uuid.uuid4, editable=False, unique=True),
        ),
        migrations.AddField(
            model_name="supplierterm",
            name="supplier",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose term it is. What a distributor pays the level above has none.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="terms",
                to="products.supplier",
                verbose_name="supplier",
            ),
        ),
        migrations.AddField(
            model_name="historicalsupplierterm",
            name="supplier",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                help_text="Whose term it is. What a distributor pays the level above has none.",
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="products.supplier",
                verbose_name="supplier",
            ),
        ),
        migrations.RunPython(name_suppliers, migrations.RunPython.noop),
    ]
