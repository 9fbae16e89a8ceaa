from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.billing import services


class Command(BaseCommand):
    help = "Recompute every balance and lot from the transfers; one fen of drift stops payouts."

    def handle(self, *args: Any, **options: Any) -> None:
        report = services.run_verification(now=timezone.now())
        if report.findings:
            raise CommandError("\n".join(str(finding) for finding in report.findings))
        self.stdout.write(f"{report.entries} entries, {report.transfers} transfers: all agree.")
