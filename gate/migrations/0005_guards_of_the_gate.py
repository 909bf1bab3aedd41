"""What was set for the checks moves into the code of conduct; then the triggers stand again, and more of them:
whoever wrote a post neither overrides a finding nor gives the first of two approvals."""

from importlib import import_module

from django.db import migrations

from gate.guards import guard
from ledger.triggers import append_only

EVIDENCE = (
    "team_id",
    "kind",
    "title",
    "url",
    "final_url",
    "filename",
    "quote",
    "sha256",
    "content_type",
    "size",
    "retrieved_at",
    "expires_on",
    "renews_id",
    "added_by_id",
    "added_at",
)
WROTE_IT = (
    "(EXISTS (SELECT 1 FROM gate_editor e WHERE e.submission_id = NEW.submission_id AND e.user_id = NEW.reviewer_id) "
    "OR EXISTS (SELECT 1 FROM gate_submission s WHERE s.id = NEW.submission_id AND s.author_id = NEW.reviewer_id))"
)
SAME_DIGEST = (
    "NOT EXISTS (SELECT 1 FROM gate_submission s WHERE s.id = NEW.submission_id AND s.digest = NEW.digest)"
)


def settings_into_the_conduct(apps, schema_editor):
    """The newest version of each team gets what the team had set; every version counts from when it was published."""
    database = schema_editor.connection.alias
    version_of = apps.get_model("gate", "ConductVersion").objects.using(database)
    for team in apps.get_model("accounts", "Team").objects.using(database).all():
        since, text = 1, None
        for version in version_of.filter(team_id=team.pk).order_by("number"):
            since = since if version.text == text else version.number
            text = version.text
            version_of.filter(pk=version.pk).update(text_since=since, effective_at=version.published_at)
        newest = version_of.filter(team_id=team.pk).order_by("-number").first()
        if newest:
            version_of.filter(pk=newest.pk).update(settings=_by_check(team.check_settings))


def _by_check(old):
    words = [f"{term}: {setting}" for term, setting in old.get("words", {}).items()]
    new = {
        "personal-data": {name: old[name] for name in ("regions", "public_contacts") if name in old},
        "word-list": {"words": words} if words else {},
        "review": {"unknown": old["unknown"]} if "unknown" in old else {},
    }
    return {check: own for check, own in new.items() if own}


class Migration(migrations.Migration):
    dependencies = [("gate", "0004_the_gate_in_full"), ("accounts", "0003_renewing_and_quiet")]

    operations = [
        migrations.RunPython(settings_into_the_conduct, migrations.RunPython.noop),
        *import_module("gate.migrations.0002_append_only").Migration.operations,
        append_only("gate_evidence", columns=EVIDENCE),
        append_only("gate_override"),
        append_only("gate_reading"),
        append_only("gate_nothelpful", columns=("finding_id", "user_id")),
        guard(
            "gate_decision",
            "first_by_other_person",
            when=f"NEW.kind = 'first' AND {WROTE_IT}",
            message="an author or editor cannot approve",
        ),
        guard(
            "gate_decision",
            "two_people",
            when="NEW.kind = 'approve' AND EXISTS (SELECT 1 FROM gate_decision d WHERE d.submission_id = NEW.submission_id "
            "AND d.kind = 'first' AND d.round = NEW.round AND d.reviewer_id = NEW.reviewer_id)",
            message="another person gives the second of two approvals",
        ),
        guard(
            "gate_override",
            "same_digest",
            when=SAME_DIGEST,
            message="an override names the digest of its submission",
        ),
        guard(
            "gate_override",
            "other_person",
            when=WROTE_IT,
            message="an author or editor cannot override a finding",
        ),
        guard(
            "gate_override",
            "own_finding",
            when="NOT EXISTS (SELECT 1 FROM gate_finding f WHERE f.id = NEW.finding_id "
            "AND f.submission_id = NEW.submission_id AND f.level = 'blocks')",
            message="an override is about a finding that blocks this submission",
        ),
        guard(
            "gate_editor",
            "before_first_approval",
            when="EXISTS (SELECT 1 FROM gate_decision d "
            "WHERE d.submission_id = NEW.submission_id AND d.kind = 'first' AND d.reviewer_id = NEW.user_id) "
            "OR EXISTS (SELECT 1 FROM gate_override o "
            "WHERE o.submission_id = NEW.submission_id AND o.reviewer_id = NEW.user_id)",
            message="who approved or overrode cannot become an editor",
        ),
    ]
