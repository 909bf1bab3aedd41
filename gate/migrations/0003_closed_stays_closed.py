"""What was refused, withdrawn, revoked or expired stays so: SQL alone brings no approval back."""

from django.db import migrations

from gate.guards import guard


class Migration(migrations.Migration):
    dependencies = [("gate", "0002_append_only")]

    operations = [
        guard(
            "gate_submission",
            "closed_stays_closed",
            event="UPDATE",
            when="OLD.state IN ('changes_requested', 'rejected', 'withdrawn', 'revoked', 'expired') "
            "AND NEW.state <> OLD.state",
            message="a closed submission stays closed",
        ),
    ]
