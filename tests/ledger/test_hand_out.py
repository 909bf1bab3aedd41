"""Checkpoints leave the machine: folder, e-mail, URL; one way that fails stops no other."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command

from ledger import handout, services
from ledger.models import Checkpoint, Entry
from tests.ledger.conftest import Write

pytestmark = pytest.mark.django_db


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted to it, and answers with the number in the path."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.headers["Content-Type"], body.decode()))
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "/200")
        self.end_headers()

    def log_message(self, *words: object) -> None: ...


@pytest.fixture
def receiver() -> Iterator[Any]:
    with HTTPServer(("127.0.0.1", 0), Receiver) as server:
        server.received = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def checkpoint(log: list[Entry]) -> Checkpoint:
    checkpoint = services.checkpoint()
    assert checkpoint is not None
    return checkpoint


def url(receiver: Any, status: int) -> str:
    return f"http://127.0.0.1:{receiver.server_port}/{status}"


def test_nothing_is_handed_out_where_nothing_is_set(checkpoint: Checkpoint) -> None:
    assert handout.hand_out(checkpoint) == []
    assert mail.outbox == []


def test_every_way_gets_the_same_note(
    checkpoint: Checkpoint, settings: Any, tmp_path: Path, receiver: Any
) -> None:
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path / "out")
    settings.LEDGER_CHECKPOINT_EMAIL = "a@example.org, b@example.org"
    settings.LEDGER_CHECKPOINT_URL = url(receiver, 200)
    assert handout.hand_out(checkpoint) == []
    assert (tmp_path / "out" / "checkpoint-000000000011.txt").read_text(encoding="utf-8") == checkpoint.note
    assert mail.outbox[0].to == ["a@example.org", "b@example.org"]
    assert mail.outbox[0].attachments == [("checkpoint-000000000011.txt", checkpoint.note, "text/plain")]
    assert receiver.received == [("text/plain; charset=utf-8", checkpoint.note)]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_way_that_fails_is_reported_and_the_others_go_on(
    checkpoint: Checkpoint,
    settings: Any,
    tmp_path: Path,
    receiver: Any,
    status: int,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path / "file")
    settings.LEDGER_CHECKPOINT_EMAIL = "a@example.org"
    settings.LEDGER_CHECKPOINT_URL = url(receiver, status)
    failures = handout.hand_out(checkpoint)
    assert [failure.way for failure in failures] == ["LEDGER_CHECKPOINT_DIR", "LEDGER_CHECKPOINT_URL"]
    assert f"answered {status}" in failures[1].error
    assert len(mail.outbox) == 1
    assert len(receiver.received) == 1
    assert len(caplog.records) == 2


def test_nobody_listening_is_a_failure_too(checkpoint: Checkpoint, settings: Any) -> None:
    with HTTPServer(("127.0.0.1", 0), Receiver) as closed:
        settings.LEDGER_CHECKPOINT_URL = url(closed, 200)
    assert [failure.way for failure in handout.hand_out(checkpoint)] == ["LEDGER_CHECKPOINT_URL"]


def test_a_file_that_is_there_is_never_overwritten(
    checkpoint: Checkpoint, settings: Any, tmp_path: Path
) -> None:
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path)
    assert handout.hand_out(checkpoint) == []
    assert handout.hand_out(checkpoint) == []
    path = tmp_path / handout.file_name(checkpoint)
    path.write_text("another log's")
    assert [failure.way for failure in handout.hand_out(checkpoint)] == ["LEDGER_CHECKPOINT_DIR"]
    assert path.read_text() == "another log's"


def test_the_command_signs_and_hands_out(log: list[Entry], settings: Any, tmp_path: Path) -> None:
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path / "out")
    out = StringIO()
    call_command("ledger", "checkpoint", stdout=out)
    assert out.getvalue() == Checkpoint.objects.get().note
    assert len(list((tmp_path / "out").iterdir())) == 1
    out = StringIO()
    call_command("ledger", "checkpoint", stdout=out)
    assert out.getvalue() == "Nothing new since the last checkpoint.\n"


def test_the_command_fails_where_a_way_failed(write: Write, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    settings.LEDGER_CHECKPOINT_DIR = str(tmp_path / "file")
    write()
    with pytest.raises(CommandError, match="Not handed out: LEDGER_CHECKPOINT_DIR"):
        call_command("ledger", "checkpoint", stdout=StringIO())
    assert Checkpoint.objects.count() == 1
