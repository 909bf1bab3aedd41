"""gate/0005: what a team had set for its checks is in the newest version of its code of conduct, and nothing is asked
again. On a scratch database, with the real migrations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django.db.migrations.executor import MigrationExecutor

BEFORE = [("gate", "0003_closed_stays_closed"), ("accounts", "0003_renewing_and_quiet")]
AFTER = [("gate", "0005_guards_of_the_gate"), ("accounts", "0004_settings_are_in_the_conduct")]
THEN = datetime(2026, 3, 1, 9, tzinfo=UTC)
SET = {
    "regions": ["GB", "PT"],
    "public_contacts": ["hello@harbour.example"],
    "words": {"project falcon": "blocks: not before May", "guys": "advises"},
    "unknown": "attest",
}


@pytest.fixture
def scratch(tmp_path, django_db_blocker):
    """An empty SQLite database; gone at the end."""
    connections.databases["scratch"] = {
        **connections.databases["default"],
        "ENGINE": "django.db.backends.sqlite3",
    }
    connections.databases["scratch"] |= {"NAME": str(tmp_path / "scratch.sqlite3"), "OPTIONS": {}}
    with django_db_blocker.unblock():
        yield connections["scratch"]
        connections["scratch"].close()
    del connections["scratch"]
    del connections.databases["scratch"]


def migrate(scratch, targets) -> Any:
    executor = MigrationExecutor(scratch)
    executor.migrate(targets)
    return executor.loader.project_state(targets).apps


def test_settings_move_into_the_newest_version_and_versions_stand_again(scratch):
    old = migrate(scratch, BEFORE)
    person = old.get_model("accounts", "User").objects.using("scratch").create(email="a@example.org")
    teams = old.get_model("accounts", "Team").objects.using("scratch")
    versions = old.get_model("gate", "ConductVersion").objects.using("scratch")
    harbour = teams.create(slug="harbour", name="Harbour", zone="UTC", check_settings=SET)
    plain = teams.create(slug="plain", name="Plain", zone="UTC")
    for number, text in enumerate(["One", "Two", "Two"], 1):
        at = THEN + timedelta(days=number)
        versions.create(team=harbour, number=number, text=text, published_by=person, published_at=at)
    versions.create(team=plain, number=1, text="One", published_by=person, published_at=THEN)

    new = migrate(scratch, AFTER)
    moved = new.get_model("gate", "ConductVersion").objects.using("scratch").order_by("team", "number")
    assert [(v.number, v.text_since, v.effective_at == v.published_at) for v in moved] == [
        (1, 1, True),
        (2, 2, True),
        (3, 2, True),
        (1, 1, True),
    ]
    assert [v.settings for v in moved] == [
        {},
        {},
        {
            "personal-data": {"regions": ["GB", "PT"], "public_contacts": ["hello@harbour.example"]},
            "word-list": {"words": ["project falcon: blocks: not before May", "guys: advises"]},
            "review": {"unknown": "attest"},
        },
        {},
    ]
    assert not hasattr(new.get_model("accounts", "Team"), "check_settings")
    with pytest.raises(IntegrityError, match="append-only"):
        moved.update(text="Three")
