"""Every kind of entry that a service writes has its words, and every fact can be said."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from accounts.templatetags.ui import STATES
from scheduler import log_words
from scheduler.models import Post
from tests import factories as make

ROOT = Path(__file__).parents[2]
WRITERS = {"append", "entry", "channel_entry", "post_entry", "delivery_entry", "_log", "log"}
KNOWN = {kind for kinds in log_words.KINDS.values() for kind in kinds}


def kinds_in(path: Path) -> Iterator[str]:
    """Texts like "post.created" given to a function that writes entries."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
        if name in WRITERS:
            for value in [*node.args, *(word.value for word in node.keywords if word.arg == "kind")]:
                for part in ast.walk(value):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and "." in part.value:
                        yield part.value


def written() -> set[str]:
    files = [
        path for app in ("accounts", "gate", "ledger", "scheduler") for path in (ROOT / app).rglob("*.py")
    ]
    return {kind for path in files for kind in kinds_in(path) if re.fullmatch(r"[a-z_]+\.[a-z_]+", kind)}


def test_every_kind_that_is_written_has_words() -> None:
    found = written()
    assert {"post.created", "submission.checked", "delivery.sent", "member.roles", "sandbox.revoked"} <= found
    assert found <= KNOWN, found - KNOWN


def test_the_ends_of_posts_have_words_too() -> None:
    """Their kinds are put together from the state (scheduler/progress.py)."""
    ends = (Post.State.PUBLISHED, Post.State.PARTLY, Post.State.FAILED, Post.State.MISSED)
    assert {f"post.{state}" for state in ends} <= KNOWN


def test_every_outcome_has_a_look() -> None:
    assert set(log_words.OUTCOMES) - {"delayed"} <= set(STATES)


def test_an_unknown_kind_is_shown_under_its_own_name() -> None:
    assert log_words.kind_words("inbox.reply_sent") == "inbox reply sent"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"from": "2026-06-01T08:00:00Z"}, ("Before", "Mon 1 Jun 2026, 09:00:00 Lisbon (UTC+01:00)")),
        ({"from": "long ago"}, ("Before", "long ago")),
        (
            {"findings": {"blocks": 1, "attest": 2, "advises": 0}},
            ("Findings", "1 block, 2 need a word, 0 advise"),
        ),
        ({"findings": 3}, ("Findings", "3")),
        ({"checks": {"toxicity": ["1.0", "found"]}}, ("Checks", "toxicity 1.0: found")),
        ({"after": ["author", "admin"]}, ("Roles now", "author, admin")),
        ({"late_s": "0.5"}, ("After its time", "0.5 s")),
        ({"late_s": "4.04"}, ("After its time", "4 s")),
        ({"late_s": "59.7"}, ("After its time", "1 min")),
        ({"late_s": "107.0"}, ("After its time", "1 min 47 s")),
        ({"in_s": 7500}, ("Again in", "2 h 5 min")),
        ({"late_s": "100800"}, ("After its time", "1 d 4 h")),
        ({"late_s": "soon"}, ("After its time", "soon")),
    ],
)
def test_facts_are_said_for_people(data: dict[str, object], said: tuple[str, str]) -> None:
    assert list(log_words.facts(data, ZoneInfo("Europe/Lisbon"))) == [said]


@pytest.mark.parametrize(
    ("data", "known"),
    [
        ({}, []),
        ({"remote": [{"id": "a.0", "url": ""}]}, [("a.0", "")]),
        ({"remote": [{"id": "7", "url": "https://s.test/7"}]}, [("7", "https://s.test/7")]),
        ({"remote": [{"id": "7", "url": "javascript:alert(1)"}]}, [("7", "")]),
        ({"remote": [{"id": "7", "url": "http://s.test/7"}]}, [("7", "")]),
        ({"remote": ["7", "8"]}, [("7", ""), ("8", "")]),
        ({"remote": "odd"}, [("odd", "")]),
    ],
)
def test_only_safe_addresses_of_posts_are_told(data: dict[str, object], known: list[tuple[str, str]]) -> None:
    assert log_words.remote(data) == known


@pytest.mark.django_db
def test_a_real_review_leaves_no_fact_unsaid() -> None:
    from ledger.models import Entry

    team = make.team()
    make.approved(make.member(team, "author"), make.member(team, "reviewer"), make.channel(team))
    facts = {name for e in Entry.objects.all() for name, _ in log_words.facts(e.content["data"], team.tz)}
    assert {"Version", "Checks", "Findings", "Due", "Holds until"} <= facts
