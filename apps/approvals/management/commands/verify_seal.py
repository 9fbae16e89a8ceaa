from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.approvals.selectors.seals import verdict_on


class Command(BaseCommand):
    help = "Say whether a PDF is an approval form sealed by this platform, and unchanged."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            verdict = verdict_on(file.read_bytes())
        except OSError as error:
            raise CommandError(str(error)) from error
        if not verdict.is_intact:
            raise CommandError("This is no sealed form, or it was changed.")
        if not verdict.is_trusted:
            raise CommandError("It was sealed, but not under a certificate of this platform.")
        self.stdout.write(f"Unchanged, sealed by {verdict.signed_by} at {verdict.signed_at}.")
