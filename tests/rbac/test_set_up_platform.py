import pytest
from django.core.management import CommandError, call_command

from apps.rbac.models import Role, Tenant, User

pytestmark = pytest.mark.django_db
ASKED = {"company": "Example Cloud", "email": "ada@example.com", "name": "Ada"}


@pytest.fixture(autouse=True)
def _password(monkeypatch) -> None:
    monkeypatch.setenv("KBOSS_SUPERUSER_PASSWORD", "long-enough-4-a-test")


def test_makes_the_platform_its_roles_and_the_first_person(capsys):
    call_command("set_up_platform", **ASKED)

    user = User.objects.get()
    assert (user.email, user.is_superuser, user.tenant.name) == (
        "ada@example.com",
        True,
        "Example Cloud",
    )
    assert user.check_password("long-enough-4-a-test")
    assert Role.objects.count() == 10


def test_sets_up_once(platform):
    with pytest.raises(CommandError):
        call_command("set_up_platform", **ASKED)

    assert (Tenant.objects.count(), User.objects.count()) == (1, 0)
