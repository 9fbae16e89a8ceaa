import pytest
from django.db import connection

from apps.core.models import NumberTicket
from tests.core.secret_rows import Contact, ring


@pytest.fixture(scope="module")
def _table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Contact)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Contact)


@pytest.fixture
def _keys(settings):
    settings.KBOSS_KEYS = ring("k1")


@pytest.fixture
def no_tickets(transactional_db):
    """The first number of a day commits at once: tickets of other tests outlive them."""
    NumberTicket.objects.all().delete()
