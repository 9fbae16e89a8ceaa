from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.approvals.seal.errors import SealFileIsUnreadable
from apps.approvals.services import seals


class Command(BaseCommand):
    help = "Seal approval forms with the certificate in a PKCS #12 file (.p12, .pfx) from now on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise CommandError(str(error)) from error
        passphrase = getpass("Passphrase: ")  # never on the command line, where others see it
        try:
            certificate = seals.import_certificate(
                content=content, passphrase=passphrase, now=timezone.now()
            )
        except SealFileIsUnreadable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{certificate.name}, valid until {certificate.valid_until:%Y-%m-%d}. "
            "You may delete the file: the key is kept encrypted."
        )
