"""What was signed cannot be changed, and whoever wrote it cannot sign it: said by the database itself.

Two guards beside the append-only tables, on both databases: `gate_decision` refuses a decision about another digest
and an approval by the author or an editor; `gate_submission` becomes approved only where such an approval stands.
"""

from django.db import migrations

from gate.guards import guard
from ledger.triggers import append_only

FROZEN = (
    "team_id",
    "origin",
    "origin_url",
    "number",
    "title",
    "content",
    "digest",
    "author_id",
    "conduct_id",
    "submitted_at",
)


class Migration(migrations.Migration):
    dependencies = [("gate", "0001_initial")]

    operations = [
        append_only("gate_submission", columns=FROZEN),
        append_only("gate_editor"),
        append_only("gate_checkrun"),
        append_only("gate_finding"),
        append_only("gate_decision"),
        append_only("gate_attestation"),
        append_only("gate_comment"),
        append_only("gate_conductversion"),
        append_only("gate_acknowledgement"),
        append_only("gate_blob"),
        guard(
            "gate_decision",
            "same_digest",
            when="NOT EXISTS (SELECT 1 FROM gate_submission s "
            "WHERE s.id = NEW.submission_id AND s.digest = NEW.digest)",
            message="a decision names the digest of its submission",
        ),
        guard(
            "gate_decision",
            "other_person",
            when="NEW.kind = 'approve' AND (EXISTS (SELECT 1 FROM gate_editor e "
            "WHERE e.submission_id = NEW.submission_id AND e.user_id = NEW.reviewer_id) "
            "OR EXISTS (SELECT 1 FROM gate_submission s "
            "WHERE s.id = NEW.submission_id AND s.author_id = NEW.reviewer_id))",
            message="an author or editor cannot approve",
        ),
        guard(
            "gate_submission",
            "approved_by_decision",
            event="UPDATE",
            when="NEW.state = 'approved' AND NOT EXISTS (SELECT 1 FROM gate_decision d "
            "WHERE d.submission_id = NEW.id AND d.kind = 'approve' AND d.digest = NEW.digest)",
            message="approved needs an approval of this digest",
        ),
        guard(
            "gate_submission",
            "born_checking",
            when="NEW.state <> 'checking'",
            message="a submission begins with its checks",
        ),
        guard(
            "gate_editor",
            "before_approval",
            when="EXISTS (SELECT 1 FROM gate_decision d "
            "WHERE d.submission_id = NEW.submission_id AND d.kind = 'approve' AND d.reviewer_id = NEW.user_id)",
            message="who approved cannot become an editor",
        ),
    ]
