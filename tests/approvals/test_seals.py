"""The sealed form of a real approval."""

import hashlib
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from apps.approvals import tasks
from apps.approvals.models import SealCertificate, SealedDocument
from apps.approvals.seal.contents import paper_of
from apps.approvals.seal.errors import NotApprovedYet, SealFileIsUnreadable, SealIsMissing
from apps.approvals.seal.signature import make_identity
from apps.approvals.selectors.seals import sealed_document, unsealed, verdict_on
from apps.approvals.services import comment, seals
from apps.billing import services as billing
from apps.core.models import AuditEntry
from tests.factories.rbac import StaffFactory, give_role
from tests.support.approvals import agree

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def running(customer, boss, platform, now):
    for code in ("sales-manager", "finance"):
        give_role(StaffFactory(tenant=platform, display_name=f"审批人-{code}"), code)
    return billing.request_credit_limit(
        customer=customer,
        amount=Decimal("5000.00"),
        reason="#set text(red) *双十一*",
        actor=boss,
        now=now,
    )


@pytest.fixture
def approved(running, boss, now):
    comment(approval=running, actor=boss, text="合同已归档", now=now)
    agree(running, now)
    return running


def test_is_made_once(approved, now):
    first = seals.seal_approval(approval=approved, now=now)
    again = seals.seal_approval(approval=approved, now=now)

    assert again == first
    assert sealed_document(approved) == first
    assert first.sha256 == hashlib.sha256(bytes(first.pdf)).hexdigest()
    assert AuditEntry.objects.filter(verb="approval.sealed").count() == 1


def test_verifies_until_one_byte_is_changed(approved, now):
    pdf = bytes(seals.seal_approval(approval=approved, now=now).pdf)
    assert verdict_on(pdf).is_valid

    for place in range(0, len(pdf), len(pdf) // 40):
        changed = bytearray(pdf)
        changed[place] ^= 1
        assert not verdict_on(bytes(changed)).is_valid, place


def test_names_everybody_who_decided(approved, platform):
    paper = paper_of(approved, company=platform.name)

    people = [act.person for act in paper.acts]
    assert any("审批人-sales-manager" in person for person in people)
    assert any("审批人-finance" in person for person in people)
    assert "合同已归档" in [act.note for act in paper.acts]
    [change] = paper.changes
    assert (change.before, change.after) == ("¥0.00", "¥5,000.00")
    assert paper.fingerprint == approved.form_hash


def test_only_what_is_approved_is_sealed(running, now):
    with pytest.raises(NotApprovedYet):
        seals.seal_approval(approval=running, now=now)

    assert not SealedDocument.objects.exists()


def test_production_wants_a_certificate_of_its_own(approved, now, settings):
    settings.IS_PRODUCTION = True

    with pytest.raises(SealIsMissing):
        seals.seal_approval(approval=approved, now=now)

    tasks.seal_approval(approval_id=approved.pk)  # tells, and does not fail
    assert list(unsealed()) == [approved]


def test_the_sweep_finds_what_was_lost(approved):
    assert tasks.seal_due() == 1
    assert tasks.seal_due() == 0
    assert sealed_document(approved) is not None


def test_the_database_refuses_to_change_it(approved, now):
    document = seals.seal_approval(approval=approved, now=now)

    with pytest.raises(DatabaseError), transaction.atomic():
        SealedDocument.objects.filter(pk=document.pk).update(sha256="x")


def test_the_key_is_not_in_clear(approved, now):
    seals.seal_approval(approval=approved, now=now)

    stored = SealCertificate.objects.values_list("private_key", flat=True).get()
    assert "PRIVATE" not in str(stored)
    assert "PRIVATE" in SealCertificate.objects.get().private_key


def test_seals_by_the_certificate_that_came_last(approved, now):
    old = make_identity(company="旧公司", now=now)
    seals._store(old, now, is_self_made=False)
    seals._store(make_identity(company="新公司", now=now), now, is_self_made=False)

    document = seals.seal_approval(approval=approved, now=now)

    assert document.certificate.name == "新公司"
    assert verdict_on(bytes(document.pdf)).signed_by == "新公司"


def test_an_unreadable_file_is_refused(now):
    with pytest.raises(SealFileIsUnreadable):
        seals.import_certificate(content=b"x", passphrase="", now=now)

    assert not SealCertificate.objects.exists()


def test_the_command_verifies_a_file(approved, now, tmp_path, capsys):
    file = tmp_path / "form.pdf"
    file.write_bytes(bytes(seals.seal_approval(approval=approved, now=now).pdf))
    call_command("verify_seal", str(file))
    assert "Unchanged" in capsys.readouterr().out

    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(CommandError):
        call_command("verify_seal", str(file))


def test_strangers_do_not_see_it(approved, now, stranger, rival_boss, boss):
    seals.seal_approval(approval=approved, now=now)

    seen = [
        SealedDocument.objects.visible_to(user).count() for user in (boss, stranger, rival_boss)
    ]
    assert seen == [1, 0, 0]


def test_is_read_by_who_may_read_the_approval(
    approved, now, browse, api, boss, stranger, rival_boss
):
    pdf = bytes(seals.seal_approval(approval=approved, now=now).pdf)
    page, route = (
        f"/admin/approvals/approval/{approved.pk}/sealed/",
        f"/api/v1/approvals/{approved.pk}/sealed/",
    )

    assert browse(boss).get(page).content == pdf
    assert api(boss).get(route).content == pdf
    for other in (stranger, rival_boss):
        assert browse(other).get(page).status_code in {403, 404}
        assert api(other).get(route).status_code in {403, 404}


def test_before_it_is_made_there_is_none(running, browse, api, boss):
    assert browse(boss).get(f"/admin/approvals/approval/{running.pk}/sealed/").status_code == 404
    assert api(boss).get(f"/api/v1/approvals/{running.pk}/sealed/").status_code == 404
