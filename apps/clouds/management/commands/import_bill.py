"""manage.py import_bill --format focus FILE"""

import argparse
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.clouds import bill_reports
from apps.clouds.importing.refusals import sentence
from apps.clouds.importing.states import BillFormat, ImportScope, ImportStatus
from apps.clouds.models import BillImport, CloudAccount
from apps.clouds.services import imports, mapping
from apps.core.errors import DomainError
from apps.core.retry import retry_txn
from apps.rbac.models import Tenant


class Command(BaseCommand):
    help = "Import a vendor's bill, and bill the customers whose usage changed."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV, plain or gzip")
        parser.add_argument("--format", choices=BillFormat.values, default=BillFormat.FOCUS)
        parser.add_argument("--account", help="id or name of the cloud account")
        parser.add_argument("--tenant", help="code of the tenant, if there is no account")
        parser.add_argument("--month", type=_month, help="2026-10: rows of other months are bad")
        parser.add_argument(
            "--scope",
            choices=ImportScope.values,
            default=ImportScope.COMPLETE,
            help="complete: what is missing is withdrawn; addition: a part of a month",
        )
        parser.add_argument(
            "--allow-withdrawals", action="store_true", help="even if many lines are missing"
        )
        parser.add_argument("--rate", action="append", default=[], metavar="USD=7.0651")
        parser.add_argument("--rate-source", default="", help="where the rates are from")
        parser.add_argument("--errors", type=Path, help="where to write the bad rows (CSV)")
        parser.add_argument("--dry-run", action="store_true", help="check only, store nothing")
        parser.add_argument(
            "--take-over", action="store_true", help="do not wait for a worker that was killed"
        )

    def handle(self, *_args: object, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("There is no file {path}.").format(path=path))
        if options["dry_run"]:
            self._check(path, options["month"])
            return
        try:
            job = self._import(path, options)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self._report(job)
        if job.rows_bad:
            self._write_errors(job, options["errors"] or path.with_suffix(".errors.csv"))
        if job.status != ImportStatus.DONE:
            raise CommandError(sentence(job.problem) or job.get_status_display())

    def _import(self, path: Path, options: dict[str, Any]) -> BillImport:
        account = _account(options["account"])
        tenant = account.tenant if account else _tenant(options["tenant"])
        self._enter_rates(tenant, options)
        with path.open("rb") as file:
            job = retry_txn(imports.start_import)(
                tenant=tenant,
                content=File(file),
                file_name=path.name,
                actor=None,
                now=timezone.now(),
                account=account,
                month=options["month"],
                scope=ImportScope(options["scope"]),
                may_withdraw=options["allow_withdrawals"],
                is_job=False,
            )
        if job.status == ImportStatus.DONE:
            self.stdout.write(_("This file has been imported already: nothing to do."))
            return job
        return imports.run_import(
            bill_import_id=job.pk, clock=timezone.now, may_take_over=options["take_over"]
        )

    def _enter_rates(self, tenant: Tenant, options: dict[str, Any]) -> None:
        for text in options["rate"]:
            currency, _equals, number = text.partition("=")
            if options["month"] is None or not options["rate_source"]:
                raise CommandError(_("A rate needs its --month and its --rate-source."))
            try:
                rate = Decimal(number)
            except InvalidOperation as error:
                raise CommandError(
                    _("“{text}” is not like USD=7.0651.").format(text=text)
                ) from error
            retry_txn(mapping.enter_exchange_rate)(
                tenant=tenant,
                currency=currency,
                month=options["month"],
                rate=rate,
                source=options["rate_source"],
                actor=None,
                now=timezone.now(),
            )

    def _check(self, path: Path, month: date | None) -> None:
        with path.open("rb") as file:
            summary = bill_reports.check_file(file, month=month)
        for line in summary.lines():
            self.stdout.write(line)
        if summary.bad:
            raise CommandError(_("{count} bad rows.").format(count=summary.bad))

    def _report(self, job: BillImport) -> None:
        for line in bill_reports.lines_about(job):
            self.stdout.write(line)

    def _write_errors(self, job: BillImport, target: Path) -> None:
        with target.open("wb") as file:
            for part in bill_reports.error_file(job):
                file.write(part)
        self.stdout.write(_("Bad rows: {path}").format(path=target))


def _month(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007  a month has no time
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text} is not like 2026-10") from error


def _account(name: str | None) -> CloudAccount | None:
    if name is None:
        return None
    accounts = CloudAccount.objects.select_related("tenant", "vendor")
    found = accounts.filter(pk=name) if name.isdecimal() else accounts.filter(name=name)
    if found.count() != 1:
        raise CommandError(_("There is no cloud account “{name}”.").format(name=name))
    return found.get()


def _tenant(code: str | None) -> Tenant:
    """The platform itself, unless one of its distributors is named."""
    tenants = Tenant.objects.filter(code=code) if code else Tenant.objects.filter(depth=1)
    tenant: Tenant | None = tenants.order_by("path").first()
    if tenant is None:
        raise CommandError(_("There is no such tenant."))
    return tenant
