from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.core.errors import DomainError
from apps.core.retry import retry_txn
from apps.rbac.models import User
from apps.rbac.selectors import has_mfa
from apps.rbac.services import tokens


class Command(BaseCommand):
    help = "Makes a personal API token for a user and prints it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="command line")
        parser.add_argument(
            "--scope",
            action="append",
            dest="scopes",
            help="read, write or a permission like orders.view_order; may be repeated",
        )
        parser.add_argument("--days", type=int, default=90)

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['email']}.")
        if settings.STAFF_MFA_REQUIRED and user.is_staff and not has_mfa(user):
            raise CommandError("Staff without two-factor authentication get no API token.")
        now = timezone.now()
        try:
            new = retry_txn(tokens.create_token)(
                user=user,
                name=options["name"],
                scopes=options["scopes"] or [tokens.READ],
                expires_at=now + timedelta(days=options["days"]),
                now=now,
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(new.key)
