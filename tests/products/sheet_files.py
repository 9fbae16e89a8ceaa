"""Sheets of the catalogue, uploaded, checked and carried out."""

import io
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from openpyxl import Workbook

from apps.products.services import confirm_import, run_import, start_import
from apps.products.sheets import Sheet
from tests.factories.products import (
    CategoryFactory,
    PriceFactory,
    ProductFactory,
    SkuFactory,
    VendorFactory,
)

HEADER = "code,name,vendor,category,tax_rate\n"
SKUS = "product,code,name,billing_mode,region,specification\n"
PRICES = "product,sku,unit_price,unit_cost,effective_from\n"


def new_shelf(platform):
    product = ProductFactory(
        tenant=platform,
        code="ecs",
        name="云服务器",
        vendor=VendorFactory(code="aliyun"),
        category=CategoryFactory(slug="compute"),
    )
    sku = SkuFactory(product=product, code="ecs-1", name="2 核")
    PriceFactory(sku=sku, unit_cost=Decimal("60.00"))
    return product


def upload(actor, now, text, sheet=Sheet.PRODUCTS, name="rows.csv", **more):
    content = text if isinstance(text, bytes) else text.encode("utf-8-sig")
    return start_import(
        sheet=sheet,
        content=SimpleUploadedFile(name, content),
        file_name=name,
        actor=actor,
        now=now,
        **more,
    )


def checked(actor, now, text, sheet=Sheet.PRODUCTS, **more):
    made = upload(actor, now, text, sheet, **more)
    return run_import(import_id=made.pk, clock=timezone.now)


def carried_out(actor, now, text, sheet=Sheet.PRODUCTS, **more):
    made = checked(actor, now, text, sheet, **more)
    confirm_import(catalogue_import=made, actor=actor, now=now)
    return run_import(import_id=made.pk, clock=timezone.now)


def counts(made):
    return made.rows_new, made.rows_changed, made.rows_same, made.rows_bad


def xlsx(*rows):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()
