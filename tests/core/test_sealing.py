import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.core import sealing
from apps.core.append_only import guard_names, guards
from apps.core.models import AuditEntry, AuditLink
from apps.core.sealing import GENESIS, Head, seal, verify
from apps.core.tasks import seal_audit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


def write(count=1, **values):
    return [
        AuditEntry.objects.create(
            verb="order.paid",
            target=f"orders.Order:{n}",
            after={"total": "12.30", "名称": "云服务器", "ratio": 0.1},
            ip="127.0.0.1",
            **values,
        )
        for n in range(count)
    ]


@pytest.fixture
def as_intruder():
    """Runs SQL as somebody would who holds the database itself: triggers and foreign keys off."""
    tables = ("core_auditentry", "core_auditlink")

    def run(statement, *values):
        with connection.constraint_checks_disabled(), connection.cursor() as cursor:
            for table in tables:
                for name in guard_names(table):
                    cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement, values)

    yield run
    with connection.cursor() as cursor:
        for statement in [guard for table in tables for guard in guards(connection, table)]:
            name = statement.split()[2]
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
            cursor.execute(statement)


def test_chains_entries_in_the_order_of_writing(now):
    entries = write(3)

    assert seal(now=now) == 3

    links = list(AuditLink.objects.order_by("position"))
    assert [link.entry_id for link in links] == [entry.pk for entry in entries]
    assert [link.position for link in links] == [1, 2, 3]
    assert [link.previous for link in links] == [GENESIS, links[0].digest, links[1].digest]
    assert seal(now=now) == 0


def test_goes_on_where_the_last_batch_ended(now, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)
    write(5)

    assert [seal(now=now) for _ in range(4)] == [2, 2, 1, 0]
    assert verify(now=now).head == sealing.head()


def test_the_job_seals_all_there_is(monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 2)
    write(5)

    assert seal_audit() == 5
    assert AuditLink.objects.count() == 5


def test_an_intact_chain_is_intact_whatever_the_page(now, monkeypatch):
    monkeypatch.setattr(sealing, "PAGE", 2)
    write(5)
    seal(now=now)
    write(2)

    verdict = verify(now=now)

    assert verdict.is_intact
    assert (verdict.checked, verdict.waiting) == (5, 2)


def test_an_empty_log_is_intact(now):
    assert verify(now=now) == sealing.Verdict(checked=0, waiting=0, head=Head(0, GENESIS))


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE core_auditentry SET reason = 'x' WHERE id = {entry}", "changed"),
        ("UPDATE core_auditentry SET actor_id = 7 WHERE id = {entry}", "changed"),
        ("UPDATE core_auditentry SET ip = NULL WHERE id = {entry}", "changed"),
        ("UPDATE core_auditentry SET at = '2026-01-01 00:00:00' WHERE id = {entry}", "changed"),
        ("UPDATE core_auditentry SET `after` = '{{}}' WHERE id = {entry}", "changed"),
        ("UPDATE core_auditlink SET sealed_at = '2026-01-01' WHERE position = 3", "changed"),
        ("DELETE FROM core_auditentry WHERE id = {entry}", "removed"),
    ],
)  # fmt: skip
def test_names_the_row_that_was_tampered_with(now, as_intruder, statement, fault):
    entries = write(5)
    seal(now=now)

    as_intruder(statement.format(entry=entries[2].pk))
    verdict = verify(now=now)

    assert verdict.fault == f"audit entry {entries[2].pk} (seal 3) has been {fault}"
    assert verdict.checked == 2


def test_names_a_link_that_was_removed_with_its_entry(now, as_intruder):
    entries = write(5)
    seal(now=now)

    as_intruder("DELETE FROM core_auditlink WHERE position = 3")
    as_intruder("DELETE FROM core_auditentry WHERE id = %s", entries[2].pk)

    assert verify(now=now).fault == "seal 3 has been removed"


def test_names_a_link_that_was_forged(now, as_intruder):
    write(5)
    seal(now=now)
    forged = "f" * 64

    as_intruder("UPDATE core_auditlink SET digest = %s WHERE position = 3", forged)
    assert "(seal 3) has been changed" in verify(now=now).fault

    as_intruder("UPDATE core_auditlink SET previous = %s WHERE position = 2", forged)
    assert verify(now=now).fault.startswith("seal 2 has been replaced")


def test_a_tail_that_was_cut_off_shows_against_a_noted_head(now, as_intruder):
    write(5)
    seal(now=now)
    noted = sealing.head()

    as_intruder("DELETE FROM core_auditlink WHERE position > 3")
    as_intruder("DELETE FROM core_auditentry WHERE id NOT IN (SELECT entry_id FROM core_auditlink)")

    assert verify(now=now).is_intact
    assert verify(now=now, known=noted).fault == "seal 4 has been removed: 5 were noted"

    write(2)
    seal(now=now + timedelta(minutes=1))
    assert verify(now=now, known=noted).fault == "seal 5 is not the noted one"


def test_an_entry_slipped_in_between_old_ones_is_named(now):
    (first,) = write()
    write(id=first.pk + 2)
    seal(now=now)
    (slipped_in,) = write(id=first.pk + 1)
    later = now + timedelta(hours=2)

    assert verify(now=now).is_intact  # within the hour it may be a late commit
    assert verify(now=later).fault == (
        f"audit entry {slipped_in.pk} (not sealed) has been inserted later"
    )
    seal(now=later)
    assert verify(now=later).fault == (
        f"audit entry {slipped_in.pk} (seal 3) has been inserted later"
    )


def test_a_sealer_that_was_away_raises_no_alarm(now):
    write(3)
    seal(now=now)
    write(3)
    seal(now=now + timedelta(days=3))
    write(1)

    assert verify(now=now + timedelta(days=9)).is_intact


def test_a_row_that_gained_a_column_keeps_its_digest(now):
    (entry,) = write()
    place = {"position": 1, "previous": GENESIS, "sealed_at": now}
    before = sealing.digest_of(entry, **place)

    entry.tenant_id = None

    assert sealing.digest_of(entry, **place) == before


class TestCommand:
    def test_prints_the_head(self, now):
        write(2)
        seal(now=now)
        out = StringIO()

        call_command("verify_audit", stdout=out)

        assert f"head {sealing.head()}" in out.getvalue()
        call_command("verify_audit", f"--head={sealing.head()}", stdout=out)

    def test_fails_on_a_fault(self, now, as_intruder):
        (entry,) = write()
        seal(now=now)
        as_intruder("UPDATE core_auditentry SET verb = 'x' WHERE id = %s", entry.pk)

        with pytest.raises(CommandError, match=f"audit entry {entry.pk} .* has been changed"):
            call_command("verify_audit")

    def test_fails_on_a_missing_trigger(self, as_intruder):
        as_intruder("SELECT 1")

        with pytest.raises(CommandError, match="triggers are missing: core_auditentry_no_delete"):
            call_command("verify_audit")


def in_thread(work):
    errors = []

    def run():
        try:
            work()
        except Exception as error:  # noqa: BLE001  handed to the test
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, errors


@pytest.fixture
def on_mariadb():
    if connection.vendor != "mysql":
        pytest.skip("SQLite has one writer at a time")


@pytest.mark.slow
@pytest.mark.usefixtures("on_mariadb")
class TestConcurrency:
    def test_a_late_commit_is_sealed_by_the_next_batch(self, now):
        """The entry with the smaller id commits after the one with the greater was sealed."""
        written, sealed = threading.Event(), threading.Event()

        def commit_late():
            with transaction.atomic():
                write()
                written.set()
                assert sealed.wait(timeout=30)

        thread, errors = in_thread(commit_late)
        assert written.wait(timeout=30)
        (quick,) = write()
        assert seal(now=now) == 1
        sealed.set()
        thread.join(timeout=30)

        assert errors == []
        assert seal(now=now) == 1
        assert verify(now=now).is_intact
        assert AuditLink.objects.get(position=2).entry_id < quick.pk

    def test_sealers_at_the_same_time_make_one_chain(self, now):
        write(200)
        start = threading.Barrier(8, timeout=30)

        def work():
            start.wait()
            while AuditEntry.objects.filter(link=None).exists():
                seal(now=timezone.now())

        threads = [in_thread(work) for _ in range(8)]
        for thread, _errors in threads:
            thread.join(timeout=60)

        assert [error for _thread, errors in threads for error in errors] == []
        assert verify(now=timezone.now()).is_intact
        assert AuditLink.objects.count() == 200

    def test_writers_do_not_wait_for_an_open_seal(self, now):
        write(3)
        holding, done = threading.Event(), threading.Event()

        def seal_slowly():
            with transaction.atomic():
                seal(now=now)
                holding.set()
                assert done.wait(timeout=30)

        thread, errors = in_thread(seal_slowly)
        assert holding.wait(timeout=30)
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION innodb_lock_wait_timeout = 1")
        write(50)
        done.set()
        thread.join(timeout=30)

        assert errors == []
        assert seal(now=now) == 50
        assert verify(now=now).is_intact
