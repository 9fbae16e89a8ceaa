from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core import append_only, sealing


class Command(BaseCommand):
    help = "Recompute the hash chain over the audit log and name the first row that is not right."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--head",
            type=_head,
            metavar="POSITION:DIGEST",
            help="a head printed by an earlier run: shows that nothing was cut off since then",
        )

    def handle(self, *args: Any, head: sealing.Head | None = None, **options: Any) -> None:
        verdict = sealing.verify(now=timezone.now(), known=head)
        missing = append_only.missing_guards("default")
        if not verdict.is_intact or missing:
            raise CommandError(verdict.fault or f"triggers are missing: {', '.join(missing)}")
        self.stdout.write(
            f"{verdict.checked} sealed entries intact, {verdict.waiting} wait for the next seal.\n"
            f"head {verdict.head}"
        )


def _head(text: str) -> sealing.Head:
    position, _, digest = text.partition(":")
    return sealing.Head(position=int(position), digest=digest)
