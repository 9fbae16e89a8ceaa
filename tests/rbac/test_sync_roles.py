"""After an update the standard roles get what came with it, by a command."""

from io import StringIO

import pytest
from django.core.management import call_command

from apps.core.models import AuditEntry
from apps.rbac.models import Role, RolePermission

pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]


def sync(*options):
    out = StringIO()
    call_command("sync_standard_roles", *options, stdout=out)
    return out.getvalue()


@pytest.fixture
def outdated(roles):
    """An installation that was made before finance looked at ledgers, and without auditors."""
    Role.objects.get(code="auditor").delete()
    finance = Role.objects.get(code="finance")
    lost = RolePermission.objects.get(role=finance, permission__codename="verify_ledger")
    lost.delete()
    return finance


def held(role):
    return set(role.role_permissions.values_list("permission__codename", flat=True))


def test_says_what_it_added_and_writes_it_down(outdated):
    said = sync()

    assert "finance\n  + billing.verify_ledger\n" in said
    assert "auditor (new)\n" in said
    assert "verify_ledger" in held(outdated)
    entries = AuditEntry.objects.filter(verb="role.completed")
    assert {entry.target_name for entry in entries} == {
        "财务",
        str(Role.objects.get(code="auditor")),
    }
    assert entries.get(target_name=str(outdated)).after == {"added": ["billing.verify_ledger"]}


def test_a_second_time_changes_nothing(outdated):
    sync()

    assert sync() == "0 permissions added to 0 roles.\n"
    assert AuditEntry.objects.filter(verb="role.completed").count() == 2


def test_takes_nothing_away(roles):
    role = Role.objects.get(code="portal-technician")
    extra = RolePermission.objects.get(
        role__code="finance", permission__codename="verify_ledger"
    ).permission
    RolePermission.objects.create(role=role, permission=extra)

    sync()

    assert "verify_ledger" in held(role)


def test_can_say_it_without_doing_it(outdated):
    said = sync("--dry-run")

    assert "to 2 roles" in said
    assert "verify_ledger" not in held(outdated)
    assert not AuditEntry.objects.filter(verb="role.completed").exists()
