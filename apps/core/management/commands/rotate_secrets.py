from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.encryption.rotation import Rotation, rotate


class Command(BaseCommand):
    help = (
        "Re-encrypt all secrets under the first key of KBOSS_KEYS. Put the new key first and keep "
        "the old one, restart everything, run this until it rotates 0, then drop the old key."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows per transaction")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        state = Rotation()
        for state in rotate(batch=batch):
            if options["verbosity"] > 1:
                self.stdout.write(f"{state.rotated} …")
        self.stdout.write(f"{state.rotated} rotated, {state.overtaken} saved by others meanwhile.")
        if state.unreadable:
            places = "\n".join(state.unreadable[:20])
            raise CommandError(f"{len(state.unreadable)} unreadable, left as they are:\n{places}")
