"""What was cancelled is not sent, whoever writes the row."""

from django.db import migrations

from gate.guards import guard


class Migration(migrations.Migration):
    dependencies = [("scheduler", "0002_guards")]

    operations = [
        guard(
            "scheduler_delivery",
            "cancelled_stays_cancelled",
            event="UPDATE",
            when="OLD.state = 'cancelled' AND NEW.state <> 'cancelled'",
            message="what was cancelled stays cancelled",
        ),
    ]
