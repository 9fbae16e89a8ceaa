import pytest
from django.db import IntegrityError, connection, migrations, models
from django.db.migrations.state import ProjectState

from apps.core import append_only
from apps.core.append_only import AppendOnly, guards_stand, missing_guards
from apps.core.models import AuditEntry, AuditLink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.sqlite]


@pytest.fixture
def entry():
    return AuditEntry.objects.create(verb="order.paid", target="orders.Order:1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET verb = 'order.refunded' WHERE id = %s",
        "UPDATE core_auditentry SET verb = verb WHERE id = %s",
        "DELETE FROM core_auditentry WHERE id = %s",
    ],
)
def test_the_database_refuses_to_change_a_row(entry, statement):
    event = statement.split()[0]

    with (
        pytest.raises(IntegrityError, match=f"core_auditentry is append-only: {event} refused"),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, [entry.pk])

    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["order.paid"]


def test_the_orm_is_refused_too(entry):
    link = AuditLink.objects.create(position=1, entry=entry, previous="0", digest="1")

    for change in (
        lambda: AuditEntry.objects.update(verb="x"),
        entry.save,
        AuditLink.objects.all().delete,
        link.save,
    ):
        with pytest.raises(IntegrityError, match="append-only"):
            change()

    assert (AuditEntry.objects.count(), AuditLink.objects.count()) == (1, 1)


def test_replacing_is_changing(entry):
    columns = "id, at, verb, target, actor_name, on_behalf_of, target_name, reason, request_id"
    rest = "'2026-01-01', 'forged', '', '', '', '', '', ''"
    extra, values = ", `before`, `after`, facts", ", '{}', '{}', '{}'"

    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            f"REPLACE INTO core_auditentry ({columns}{extra}) VALUES (%s, {rest}{values})",  # noqa: S608
            [entry.pk],
        )

    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["order.paid"]


class TestOperation:
    @pytest.fixture
    def table(self):
        class Note(models.Model):  # noqa: DJ008  never shown
            text = models.CharField(max_length=20)

            class Meta:
                app_label = "core"
                apps = ProjectState().apps
                db_table = "tests_note"

        with connection.schema_editor() as editor:
            editor.create_model(Note)
        self.execute("INSERT INTO tests_note (text) VALUES ('a')")
        yield "tests_note"
        with connection.schema_editor() as editor:
            editor.delete_model(Note)

    def apply(self, operation, direction):
        state = ProjectState()
        with connection.schema_editor() as editor:
            getattr(operation, direction)("core", editor, state, state)

    def execute(self, statement):
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.rowcount

    def test_guards_and_releases(self, table):
        operation = AppendOnly(table)

        self.apply(operation, "database_forwards")
        with pytest.raises(IntegrityError, match="tests_note is append-only"):
            self.execute("UPDATE tests_note SET text = 'b'")

        self.apply(operation, "database_backwards")
        assert self.execute("UPDATE tests_note SET text = 'b'") == 1

    def test_may_be_repeated(self, table):
        for _ in range(2):
            self.apply(AppendOnly(table), "database_forwards")

        with pytest.raises(IntegrityError, match="tests_note is append-only"):
            self.execute("DELETE FROM tests_note")

    def test_is_written_into_migrations(self):
        name, args, options = AppendOnly("t").deconstruct()

        assert (name, args, options) == ("AppendOnly", ["t"], {})
        assert AppendOnly("t").reversible
        assert AppendOnly("t").describe() == "Refuse changes to rows of t"
        assert isinstance(AppendOnly("t"), migrations.operations.base.Operation)


def test_a_lost_trigger_is_noticed():
    assert missing_guards("default") == []
    guard = append_only.guard_names("core_auditlink")[0]

    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {guard}")
    try:
        assert missing_guards("default") == [guard]
        assert [warning.id for warning in guards_stand(databases=["default"])] == ["core.W001"]
    finally:
        with connection.schema_editor() as editor:
            state = ProjectState()
            AppendOnly("core_auditlink").database_forwards("core", editor, state, state)
