from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from apps.rbac.services import sync_standard_roles


class Command(BaseCommand):
    help = "After an update: give the standard roles the permissions that came with it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would change, and change nothing"
        )

    @transaction.atomic
    def handle(self, *args: Any, dry_run: bool, **options: Any) -> None:
        changes = sync_standard_roles()
        for change in changes:
            self.stdout.write(f"{change.role.code}{' (new)' if change.is_new else ''}")
            for permission in change.added:
                self.stdout.write(f"  + {permission}")
        count = sum(len(change.added) for change in changes)
        if dry_run:
            transaction.set_rollback(True)
        done = "would be added" if dry_run else "added"
        self.stdout.write(f"{count} permissions {done} to {len(changes)} roles.")
