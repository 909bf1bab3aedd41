"""Exports from the log page: streamed, as filtered, and a bundle that the single-file verifier accepts."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from accounts.models import Membership, Team
from ledger import keys, services
from ledger.models import Entry
from tests import append_only
from tests import factories as make
from tests.log.conftest import Write, browser

pytestmark = pytest.mark.django_db

VERIFIER = Path(__file__).parents[2] / "script" / "countersign_verify.py"


def export(client: Client, team: Team, form: str, query: str = "") -> str:
    response = client.get(f"/t/{team.slug}/log/export/{form}/{query}")
    assert response.status_code == 200
    assert isinstance(response, StreamingHttpResponse)
    assert response["Content-Disposition"].startswith(f'attachment; filename="{team.slug}-log-')
    return b"".join(response.streaming_content).decode()


def test_json_lines_hold_every_entry_of_the_team(team: Team, client: Client, write: Write) -> None:
    write(personal={"title": "Tide tables"})
    write(team_id=make.team().pk)
    lines = [json.loads(line) for line in export(client, team, "jsonl").splitlines()]
    of_team = Entry.objects.filter(team_id=team.pk).order_by("-index")
    assert [line["index"] for line in lines] == [entry.index for entry in of_team]
    assert lines[0]["personal"] == {"title": "Tide tables"}


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_filters_narrow_the_export(team: Team, client: Client, write: Write, form: str) -> None:
    sent = write(kind="delivery.sent", outcome="sent")
    write(kind="delivery.failed", outcome="failed")
    text = export(client, team, form, "?outcome=sent&before=1")
    found = list(csv.DictReader(text.splitlines())) if form == "csv" else [json.loads(text)]
    assert [str(row["index"]) for row in found] == [str(sent.index)]


def test_a_cell_is_never_a_formula(team: Team, client: Client, write: Write) -> None:
    write(subject="=HYPERLINK(1)")
    rows = list(csv.DictReader(export(client, team, "csv").splitlines()))
    assert rows[0]["subject"] == "'=HYPERLINK(1)"


def test_it_is_streamed_in_pieces(team: Team, client: Client, write: Write) -> None:
    for _ in range(3):
        write()
    response = client.get(f"/t/{team.slug}/log/export/jsonl/")
    assert len(list(response.streaming_content)) >= 3  # type: ignore[attr-defined]  # of a streaming response


def verifier(bundle: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(bundle), "--key", str(keys.verifier()), *more],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        timeout=60,
        check=False,
    )


def test_the_bundle_verifies_elsewhere(team: Team, client: Client, write: Write, tmp_path: Path) -> None:
    write()
    kept = services.checkpoint()
    assert kept is not None
    write(team_id=make.team().pk)
    write()
    (tmp_path / "kept.txt").write_text(kept.note, encoding="utf-8")
    (tmp_path / "bundle.jsonl").write_text(export(client, team, "bundle", "?outcome=sent"), encoding="utf-8")
    result = verifier(
        tmp_path / "bundle.jsonl", "--old-checkpoint", str(tmp_path / "kept.txt"), "--team", str(team.pk)
    )
    assert (result.returncode, result.stderr) == (0, "")
    count = Entry.objects.filter(team_id=team.pk).count()
    assert f"The {count} entries of team {team.pk} here are in that log" in result.stdout


def test_a_tampered_row_fails_elsewhere_too(team: Team, client: Client, write: Write, tmp_path: Path) -> None:
    entry = write(outcome="sent")
    services.checkpoint()
    with append_only.suspended():
        Entry.objects.filter(pk=entry.pk).update(leaf=entry.leaf.replace('"sent"', '"held"'))
    (tmp_path / "bundle.jsonl").write_text(export(client, team, "bundle"), encoding="utf-8")
    result = verifier(tmp_path / "bundle.jsonl")
    assert result.returncode == 1
    assert f"entry {entry.index}" in result.stderr + result.stdout


def test_a_bundle_that_cannot_be_signed_is_refused_with_words(
    team: Team, client: Client, write: Write, settings: object
) -> None:
    write()
    settings.LEDGER_KEY_FILE = "/nowhere/log.pem"  # type: ignore[attr-defined]  # pytest-django's settings
    response = client.get(f"/t/{team.slug}/log/export/bundle/", follow=True)
    assert "Nothing was exported. LEDGER_KEY_FILE" in response.content.decode()


@pytest.mark.parametrize(
    ("role", "status"), [("author", 403), ("reviewer", 403), ("auditor", 200), ("admin", 200)]
)
@pytest.mark.parametrize("form", ["csv", "jsonl", "bundle"])
def test_only_auditors_and_admins_export(team: Team, role: str, status: int, form: str) -> None:
    member: Membership = make.member(team, role)
    assert browser(member).get(f"/t/{team.slug}/log/export/{form}/").status_code == status


def test_other_forms_and_other_teams_are_not_there(team: Team, client: Client) -> None:
    assert client.get(f"/t/{team.slug}/log/export/xml/").status_code == 404
    assert client.get(f"/t/{make.team().slug}/log/export/csv/").status_code == 404
