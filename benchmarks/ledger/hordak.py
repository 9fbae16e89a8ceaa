"""The peer: django-hordak's own way to move money. Runs with the Python that has it installed."""

from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings

from benchmarks.peers import use_peers

PAYERS = 200


def set_up(url: str) -> None:
    use_peers()
    parts = urlsplit(url)
    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "mptt", "hordak"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.mysql",
                "HOST": parts.hostname,
                "PORT": parts.port,
                "USER": parts.username,
                "NAME": parts.path.strip("/"),
                "OPTIONS": {"isolation_level": "read committed"},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        HORDAK_DECIMAL_PLACES=2,
        DEFAULT_CURRENCY="EUR",
        CURRENCIES=["EUR"],
    )
    django.setup()


def prepare(url: str) -> None:
    set_up(url)
    from django.core.management import call_command  # noqa: PLC0415  needs the settings
    from hordak.models import Account, AccountType  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    income = AccountType.income
    Account.objects.create(name="revenue", code="0", type=income, currencies=["EUR"])
    for number in range(1, PAYERS + 1):
        kind = AccountType.liability
        Account.objects.create(
            name=f"payer {number}", code=str(number), type=kind, currencies=["EUR"]
        )


class Hordak:
    def __init__(self, url: str, worker: int) -> None:
        set_up(url)
        from hordak.models import Account  # noqa: PLC0415
        from moneyed import Money  # noqa: PLC0415

        accounts: list[Any] = list(Account.objects.order_by("pk"))
        self._revenue, self._payers = accounts[0], accounts[1:]
        self._amount, self._worker, self._number = Money(1, "EUR"), worker, 0

    def post(self) -> int:
        self._number += 1
        payer = self._payers[(self._number * 2 + self._worker) % PAYERS]
        payer.transfer_to(self._revenue, self._amount)
        return 1
