"""What a delivery is, who edited a post and what was tried stays; what was sent stays sent.
Nothing here is deleted."""

from django.db import migrations

from gate.guards import guard
from ledger.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0001_initial"), ("gate", "0002_append_only")]

    operations = [
        append_only("scheduler_post", columns=("team_id", "author_id", "created_at")),
        append_only("scheduler_posteditor", columns=("post_id", "user_id")),
        append_only(
            "scheduler_delivery",
            columns=("team_id", "post_id", "submission_id", "channel_id", "position", "key", "record_keys"),
        ),
        append_only("scheduler_attempt", columns=("delivery_id", "number", "token", "digest")),
        guard(
            "scheduler_delivery",
            "sent_stays_sent",
            event="UPDATE",
            when="OLD.state = 'sent' AND NEW.state <> 'sent'",
            message="what was sent stays sent",
        ),
        guard(
            "scheduler_delivery",
            "one_sent_attempt",
            event="UPDATE",
            when="NEW.state = 'sending' AND EXISTS (SELECT 1 FROM scheduler_attempt a "
            "WHERE a.delivery_id = NEW.id AND a.state = 'sent')",
            message="a delivery that was sent is not sent again",
        ),
    ]
