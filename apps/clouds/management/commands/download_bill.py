from argparse import ArgumentParser
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.clouds import services
from apps.clouds.models import CloudAccount
from apps.core.errors import DomainError


class Command(BaseCommand):
    help = "Fetch the usage of a month from a cloud, as a FOCUS file for import_bill."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", type=int, help="id of the cloud account")
        parser.add_argument("month", type=_month, help="such as 2026-11")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        account = CloudAccount.objects.filter(pk=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no cloud account {options['account']}.")
        draft = options["file"].with_name(f"{options['file'].name}.part")
        try:
            with draft.open("wb") as target:
                services.download_bill(account=account, month=options["month"], target=target)
        except DomainError as error:
            draft.unlink()
            raise CommandError(str(error)) from error
        draft.replace(options["file"])
        self.stdout.write(f"{options['file']}: {options['file'].stat().st_size} bytes")


def _month(text: str) -> date:
    return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no time zone
