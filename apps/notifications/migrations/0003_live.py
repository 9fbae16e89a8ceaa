import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def start_clock(apps, schema_editor):
    apps.get_model("notifications", "LiveClock").objects.create()


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0002_dingtalk"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="LiveClock",
            fields=[
                (
                    "id",
                    models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False),
                ),
                ("position", models.PositiveBigIntegerField(default=0)),
                ("pruned", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "live clock",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="liveclock_is_one"),
                    models.CheckConstraint(
                        condition=models.Q(("pruned__lte", models.F("position"))),
                        name="liveclock_pruned_what_was_numbered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LiveEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("topic", models.CharField(max_length=32, verbose_name="topic")),
                ("data", models.JSONField(default=dict, verbose_name="data")),
                ("position", models.PositiveBigIntegerField(null=True, unique=True)),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("numbered_at", models.DateTimeField(db_index=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "live event",
                "verbose_name_plural": "live events",
                "ordering": ("-pk",),
                "indexes": [models.Index(fields=["user", "position"], name="live_event_of_user")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("numbered_at__isnull", True), ("position__isnull", True)),
                            models.Q(("numbered_at__isnull", False), ("position__isnull", False)),
                            _connector="OR",
                        ),
                        name="liveevent_numbered_with_its_moment",
                    )
                ],
            },
        ),
        migrations.RunPython(start_clock, migrations.RunPython.noop),
    ]
