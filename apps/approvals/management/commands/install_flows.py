from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.approvals.services import install_standard_flows


class Command(BaseCommand):
    help = "Gives every kind of approval its standard flow, where it has none. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        count = install_standard_flows(now=timezone.now())
        self.stdout.write(f"{count} flows installed.")
