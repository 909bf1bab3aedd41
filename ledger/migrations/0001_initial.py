import django.db.models.deletion
from django.db import migrations, models

from ledger.triggers import append_only


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("size", models.BigIntegerField(unique=True)),
                ("root", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                ("note", models.TextField(help_text="C2SP signed note: what is handed out.")),
            ],
            options={
                "ordering": ["size"],
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "index",
                    models.BigIntegerField(
                        help_text="Leaf index: counts from 0, without gaps.",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("team_id", models.BigIntegerField(null=True)),
                (
                    "team_seq",
                    models.BigIntegerField(
                        help_text="Counts a team's entries from 0, so that one left out of an export shows."
                    ),
                ),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=64)),
                ("outcome", models.CharField(blank=True, max_length=32)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("subject", models.CharField(blank=True, max_length=128)),
                (
                    "leaf",
                    models.TextField(help_text="Canonical JSON (RFC 8785): the exact text that is hashed."),
                ),
                ("leaf_hash", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name_plural": "entries",
                "indexes": [
                    models.Index(fields=["team_id", "-index"], name="ledger_entry_team"),
                    models.Index(fields=["team_id", "kind", "-index"], name="ledger_entry_kind"),
                    models.Index(fields=["team_id", "outcome", "-index"], name="ledger_entry_outcome"),
                    models.Index(fields=["team_id", "at"], name="ledger_entry_at"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("team_id", "team_seq"), name="ledger_entry_team_seq"),
                    models.UniqueConstraint(
                        condition=models.Q(("team_id__isnull", True)),
                        fields=("team_seq",),
                        name="ledger_entry_no_team_seq",
                    ),
                    models.CheckConstraint(condition=models.Q(("index__gte", 0)), name="ledger_entry_index"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("index", models.BigIntegerField()),
                ("hash", models.CharField(max_length=64)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("level", "index"), name="ledger_node_once"),
                    models.CheckConstraint(
                        condition=models.Q(("index__gte", 0), ("level__gte", 1)), name="ledger_node_place"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("field", models.CharField(max_length=32)),
                ("salt", models.CharField(help_text="32 random bytes in hex.", max_length=64)),
                ("text", models.TextField(blank=True)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="personal",
                        to="ledger.entry",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "field"), name="ledger_erasable_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("team_id", models.BigIntegerField(null=True)),
                ("name", models.CharField(max_length=32)),
                ("value", models.CharField(max_length=600)),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tags",
                        to="ledger.entry",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["team_id", "name", "value", "-entry"], name="ledger_tag_filter")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("entry", "name", "value"), name="ledger_tag_once")
                ],
            },
        ),
        append_only("ledger_entry", key="index"),
        append_only("ledger_tag"),
        append_only("ledger_erasable", allow_delete=True),
        append_only("ledger_node"),
        append_only("ledger_checkpoint"),
    ]
