"""A sheet of SKUs, taken in: checked against the catalogue, then written."""

import csv
import io
import tempfile
import time
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import override_settings
from django.utils import timezone

from apps.products.models import CatalogueImport, Product
from apps.products.services import confirm_import, start_import
from apps.products.sheets import Sheet
from apps.products.sheets.states import ImportStatus
from apps.rbac.enums import UserKind
from apps.rbac.models import Role, Tenant, User, UserRole
from benchmarks.harness import Report, memory_mb

HEADER = ("product", "code", "name", "billing_mode", "specification")
SPECIFICATION = '{"vcpu": 4, "memory_gib": 8}'


def measure(report: Report, platform: Tenant, rows: int) -> None:
    """The jobs run in this process, at once. Of their time on a busy machine others take most, so
    the goal is for what this process works."""
    staff = _staff(platform)
    content = _sheet(platform, rows)
    before = memory_mb("VmHWM")
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):
        made, checked = _step(
            report, f"sheet of {rows:,} SKUs, checked", lambda: _start(content, staff)
        )
        if (made.status, made.rows_new) != (ImportStatus.CHECKED, rows):
            raise RuntimeError(f"{made.status}: {made.rows_new} new, {made.rows_bad} bad rows")
        made, written = _step(
            report,
            f"sheet of {rows:,} SKUs, written",
            lambda: confirm_import(catalogue_import=made, actor=staff, now=timezone.now()),
        )
        if made.status != ImportStatus.DONE:
            raise RuntimeError(made.problem)
    report.add(
        "sheet, memory it took beyond what was taken before", memory_mb("VmHWM") - before, "MB"
    )
    report.goal("sheet: seconds of work", checked + written, at_most=60)


def _start(content: bytes, staff: User) -> CatalogueImport:
    return start_import(
        sheet=Sheet.SKUS,
        content=SimpleUploadedFile("skus.csv", content),
        file_name="skus.csv",
        actor=staff,
        now=timezone.now(),
    )


def _step(
    report: Report, name: str, act: Callable[[], CatalogueImport]
) -> tuple[CatalogueImport, float]:
    start, worked = time.perf_counter(), time.process_time()
    made = act()
    seconds, worked = time.perf_counter() - start, time.process_time() - worked
    report.add(name, seconds, "s", f"{worked:.1f} s of them its own work")
    made.refresh_from_db()
    return made, worked


def _sheet(platform: Tenant, rows: int) -> bytes:
    codes = list(Product.objects.filter(tenant=platform).values_list("code", flat=True))
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(HEADER)
    for number in range(rows):
        product = codes[number // 20 % len(codes)]
        writer.writerow((product, f"sheet-{number}", f"型号 {number}", "monthly", SPECIFICATION))
    return target.getvalue().encode("utf-8-sig")


def _staff(platform: Tenant) -> User:
    user = User.objects.create_user(
        "sheets@bench.test", display_name="Sheets", kind=UserKind.STAFF, tenant=platform
    )
    UserRole.objects.create(user=user, role=Role.objects.get(code="operations"))
    return user
