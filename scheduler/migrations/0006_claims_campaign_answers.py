"""What an author says about claims, the campaign, and what a post answers. The table's triggers stand again after it."""

from django.db import migrations, models

from ledger.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [
        ("scheduler", "0005_missed_waits_again"),
    ]

    operations = [
        migrations.AddField(
            model_name="post",
            name="answers",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="post",
            name="campaign",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="post",
            name="claims",
            field=models.JSONField(default=list),
        ),
        append_only("scheduler_post", columns=("team_id", "author_id", "created_at")),
    ]
