"""What was missed may wait again while its submission is approved, and becomes nothing else, whoever writes the row."""

from django.db import migrations

from gate.guards import guard


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0004_looks_leaving_and_beats")]

    operations = [
        guard(
            "scheduler_delivery",
            "missed_waits_again",
            event="UPDATE",
            when="OLD.state = 'missed' AND NEW.state <> 'missed' AND NOT (NEW.state = 'waiting' AND EXISTS "
            "(SELECT 1 FROM gate_submission s WHERE s.id = NEW.submission_id AND s.state = 'approved'))",
            message="what was missed waits again under a standing approval or stays missed",
        ),
    ]
