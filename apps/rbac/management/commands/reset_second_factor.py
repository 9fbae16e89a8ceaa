from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.rbac.models import User
from apps.rbac.services import second_factor


class Command(BaseCommand):
    help = "Removes all second factors of a user who lost them. Make sure who is asking."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].lower()).first()
        if user is None:
            raise CommandError(f"There is no user {options['email']}.")
        second_factor.reset_second_factor(user=user)
        self.stdout.write(
            f"{user.email} signs in with the password alone until a new one is set up."
        )
