"""Exports to read: JSON Lines and CSV."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ledger import exports, keys, queries, services
from ledger.models import Entry
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db


def export(*words: str) -> str:
    out = StringIO()
    call_command("ledger", "export", *words, stdout=out)
    return out.getvalue()


def test_json_lines_hold_what_was_written(log: list[Entry]) -> None:
    services.erase(log[3], reason="asked for", actor_id=1, fields=["author"])
    lines = [json.loads(line) for line in export("--team", "1").splitlines()]
    assert [line["index"] for line in lines] == [11, 9, 6, 3, 0]
    assert lines[2]["personal"] == {"title": "Title 6", "author": "Zoë"}
    assert lines[3]["personal"] == {"title": "Title 3", "author": None}
    assert lines[2]["leaf_hash"] == log[6].leaf_hash
    assert {name: value for name, value in lines[2].items() if name not in ("personal", "leaf_hash")} == {
        name: value for name, value in json.loads(log[6].leaf).items() if name != "personal"
    }


def test_csv_is_a_table(log: list[Entry]) -> None:
    rows = list(csv.DictReader(StringIO(export("--team", "1", "--format", "csv"))))
    assert [row["index"] for row in rows] == ["9", "6", "3", "0"]
    assert (rows[1]["kind"], rows[1]["subject"], rows[1]["actor"]) == ("post.sent", "post:6", "7")
    assert json.loads(rows[1]["texts"]) == {"title": "Title 6", "author": "Zoë"}
    assert json.loads(rows[1]["tags"]) == {"channel": ["0"], "person": ["7"], "post": ["6"]}
    assert rows[1]["at"] == json.loads(log[6].leaf)["at"]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_csv_holds_no_formula(write: Write, formula: str) -> None:
    write(subject=formula)
    rows = list(csv.DictReader(StringIO("".join(exports.as_csv(queries.stream(1))))))
    assert rows[0]["subject"] == f"'{formula}"


def test_a_quoted_and_broken_line_comes_back_whole(write: Write) -> None:
    write(subject='two\nlines, "quoted"')
    rows = list(csv.DictReader(StringIO(export("--team", "1", "--format", "csv"), newline="")))
    assert rows[0]["subject"] == 'two\nlines, "quoted"'


def test_exports_are_streamed_in_few_queries(log: list[Entry], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(4):  # a batch with its texts and tags, and the one that finds no more
        assert len(list(exports.jsonl(queries.stream(1)))) == 4


def test_a_bundle_is_one_team_and_signs_the_log_first(log: list[Entry], write: Write) -> None:
    services.checkpoint()
    write(team_id=2)
    lines = [json.loads(line) for line in export("--team", "2", "--format", "bundle").splitlines()]
    assert lines[0]["checkpoint"].split("\n")[:2] == ["log.test/publish", "12"]
    assert [line["size"] for line in lines if line["type"] == "consistency"] == [11]
    assert [json.loads(line["leaf"])["team"] for line in lines if line["type"] == "entry"] == [2] * 5
    assert lines[-1] == {"type": "end", "entries": 5}


def test_a_bundle_of_a_longer_log_takes_batches(log: list[Entry], monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(exports.bundle(None, everything=True))
    monkeypatch.setattr(exports, "_BATCH", 3)
    assert list(exports.bundle(None, everything=True)) == whole
    assert len(whole) == 13


def test_there_is_no_bundle_of_nothing() -> None:
    with pytest.raises(CommandError, match="no entries yet"):
        export("--team", "1", "--format", "bundle")


def test_the_whole_log_is_for_verifying_only(log: list[Entry]) -> None:
    with pytest.raises(CommandError, match="bundle only"):
        export("--everything", "--format", "csv")


def test_the_key_command_prints_the_verifier_key() -> None:
    out = StringIO()
    call_command("ledger", "key", stdout=out)
    assert out.getvalue() == f"{keys.verifier()}\n"
    assert out.getvalue().startswith("log.test/publish+")
