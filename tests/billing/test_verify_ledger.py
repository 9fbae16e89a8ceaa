import pytest
from django.core.management import CommandError, call_command

from apps.billing.models import PayoutStop, WalletBalance
from tests.factories.billing import fund

pytestmark = pytest.mark.django_db


def test_says_that_all_agrees(customer, capsys):
    fund(customer, "100.00")

    call_command("verify_ledger")

    assert capsys.readouterr().out == "1 entries, 1 transfers: all agree.\n"


def test_names_one_fen_of_drift_and_stops_payouts(customer):
    fund(customer, "100.00")
    WalletBalance.objects.filter(customer=customer).update(cash="100.01")

    with pytest.raises(CommandError):
        call_command("verify_ledger")

    assert PayoutStop.objects.in_force().count() == 1
