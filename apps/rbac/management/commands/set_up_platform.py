import getpass
import os
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.rbac.enums import TenantKind
from apps.rbac.models import Tenant, User
from apps.rbac.services import install_standard_roles


class Command(BaseCommand):
    help = "First start of an installation: the platform, the standard roles, its first superuser."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--company", required=True, help="name of the platform's company")
        parser.add_argument("--email", required=True, help="e-mail address of the superuser")
        parser.add_argument("--name", required=True, help="name of the superuser")

    @transaction.atomic
    def handle(self, *args: Any, company: str, email: str, name: str, **options: Any) -> None:
        if Tenant.objects.exists():
            raise CommandError("This installation is set up already.")
        password = os.environ.get("KBOSS_SUPERUSER_PASSWORD") or getpass.getpass("Password: ")
        platform = Tenant.objects.add_root(
            {"code": "platform", "name": company, "kind": TenantKind.PLATFORM}
        )
        roles = install_standard_roles()
        user: User = User.objects.create_superuser(
            email, password, display_name=name, tenant=platform
        )
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        self.stdout.write(f"{platform}: {len(roles)} roles; {user.email} signs in at /login.")
