"""The self-check page: what it shows of a personal post, and that nothing of it stays anywhere."""

from __future__ import annotations

import html
import logging
import re
import socket
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core import mail
from django.db import connection

from gate import self_check
from gate.checks import registry
from gate.checks.base import CheckSettings, Finding
from gate.checks.settings import Setting, override
from gate.content import Content
from gate.pace import Pace
from gate.self_check import Pasted
from gate.toxicity import engine, screen
from tests import factories as make

SECRET = "Quietly sailing with Marigold Featherstonehaugh"
TEXT = f"{SECRET}, write to marigold.f@example.com. Tide tables! What a bloody stupid idiot, @harbour."
GIVEN = {"text": TEXT, "platform": "mastodon", "relationship": "employee", "ai": "no"}


class SaysTheText:
    id, version, clause, title = "says-the-text", "1.0", "4.1", "A check that raises with the text"
    settings: tuple[Setting, ...] = (override(),)

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        raise ValueError(content.channels[0].parts[0].text)


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def everything() -> dict[str, object]:
    """All rows of all tables, those without a model too, and every file that the product has written."""
    found: dict[str, object] = {}
    with connection.cursor() as cursor:
        for table in sorted(
            {*connection.introspection.table_names(), *(m._meta.db_table for m in apps.get_models())}
        ):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    for folder in (settings.MEDIA_ROOT, settings.SANDBOX_DIR, settings.EMAIL_FILE_PATH):
        for file in sorted(Path(folder).rglob("*")):
            found[str(file)] = file.is_file() and file.read_bytes()
    return found


def test_nothing_is_stored_logged_or_sent(desk, url, caplog, monkeypatch):
    """Also where a check fails and quotes the text while doing so."""
    make.set_checks(desk.team, {"word-list": {"words": ["tide tables: attest"]}})
    page = url("self-check/")
    desk.auditor_browser.get(page)
    monkeypatch.setattr(registry, "CHECKS", {**registry.CHECKS, "says-the-text": f"{__name__}.SaysTheText"})
    monkeypatch.setattr(self_check, "BY_TEXT", (*self_check.BY_TEXT, "says-the-text"))
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda *given: called.append(given))
    before = everything()
    assert len(before) > 40
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="django.db.backends"):
        answer = desk.auditor_browser.post(page, GIVEN)
    assert answer.status_code == 200
    assert (
        "Could not run just now, so nothing is known of what they look for: A check that raises with the text."
        in words(answer)
    )
    assert everything() == before
    assert called == []
    assert mail.outbox == []
    said = [f"{logging.Formatter().format(r)} {r.args!r} {r.__dict__!r}" for r in caplog.records]
    assert any("ValueError" in line for line in said)
    assert [line for line in said if "Marigold" in line or "marigold" in line or "Featherstone" in line] == []
    assert "no-store" in answer["Cache-Control"]
    assert set(answer.cookies) <= {"csrftoken"}


def test_the_findings_come_in_the_words_of_the_code_of_conduct(desk, url):
    make.set_checks(desk.team, {"word-list": {"words": ["tide tables: attest"]}})
    answer = desk.auditor_browser.post(url("self-check/"), GIVEN)
    shown = answer.content.decode()
    said = html.unescape(words(answer))
    assert '<mark class="blocks">marigold.f@example.com</mark>' in shown
    assert re.search(r"<mark[^>]*>Tide tables</mark>", shown)
    assert "Clause 3.1 Other people's data is not ours to post" in said
    assert "and the post does not say so" in said
    assert "8.2 Speaking for yourself" in said
    assert "not looked at: it would compare your words with the team's posts" in said
    assert "it could not run" not in said


def test_what_was_not_answered_or_chosen_is_not_looked_at_and_said(desk, url):
    said = words(desk.author_browser.post(url("self-check/"), {"text": "High water at noon."}))
    for each in ("no platform was chosen", "connections: the question was not answered", "AI: the question"):
        assert each in said
    assert "did not answer" not in said


def test_the_text_is_never_taken_from_an_address(desk, url):
    answer = desk.author_browser.get(url("self-check/"), {"text": SECRET})
    assert answer.status_code == 200
    assert SECRET not in answer.content.decode()


def test_what_cannot_be_looked_at_is_refused_with_the_field_named(desk, url):
    for given in ({}, {"text": "x" * 10_001}, {"text": "High water", "platform": "myspace"}):
        answer = desk.author_browser.post(url("self-check/"), given)
        assert answer.status_code == 422
        assert "errorlist" in answer.content.decode()


def test_too_often_is_said_and_the_text_is_still_there(desk, url, monkeypatch):
    monkeypatch.setattr("gate.views.self_check.PACE", Pace(0, 60.0))
    answer = desk.author_browser.post(url("self-check/"), GIVEN)
    assert answer.status_code == 429
    assert SECRET in answer.content.decode()


def test_the_pace_counts_each_person_in_a_moving_minute():
    pace = Pace(2, 60.0)
    assert [pace.allows(1, at) for at in (0.0, 1.0, 2.0, 60.5, 60.6)] == [True, True, False, True, False]
    assert pace.allows(2, 2.0)


def test_the_lists_of_checks_name_checks():
    """A check in neither is left out, which is said in general words."""
    assert {*self_check.BY_TEXT, *self_check.WHY_NOT} <= set(registry.CHECKS)
    assert not set(self_check.BY_TEXT) & set(self_check.WHY_NOT)


def test_spans_lie_in_the_text_as_it_is_shown():
    pasted = Pasted("Caf\u0065\u0301 \r\n a@example.org")
    assert pasted.content.channels[0].parts[0].text == "Café\n a@example.org"


def test_the_embedded_screen_of_this_page_remembers_nothing():
    scorer = engine("screen-unremembered")
    before = screen._remembered.cache_info()
    assert scorer.score([SECRET, TEXT]) == [{"offensive": screen._score(each)} for each in (SECRET, TEXT)]
    assert screen._remembered.cache_info() == before


def test_tone_is_looked_at_by_words_and_rules_wherever_a_trained_model_serves(desk, url, settings):
    """It would be loaded by each web process; here none is installed, and loading it would fail."""
    settings.GATE_TOXICITY_ENGINE = "detoxify"
    said = html.unescape(words(desk.author_browser.post(url("self-check/"), GIVEN)))
    assert "says screen: words and rules" in said
    assert "Could not run" not in said
    assert "a trained model, where one is installed, reads posts that are handed in" in said
    assert "Read it for tone" not in said
