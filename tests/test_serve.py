"""Starting: a clear refusal instead of a traceback, before anything is installed or started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import serve
from tests.servers import free_port

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def check(var: Path, port: int, *options: str) -> subprocess.CompletedProcess[str]:
    """`--check` as script/run calls it: without site-packages (-S), which come later."""
    return subprocess.run(
        [sys.executable, "-S", "-m", "config.serve", "--check", "--port", str(port), *options],
        cwd=ROOT,
        env={**os.environ, "COUNTERSIGN_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_free_port_is_fine(tmp_path: Path) -> None:
    assert check(tmp_path / "var", free_port()).returncode == 0


def test_a_taken_port_is_refused_in_plain_words(tmp_path: Path, taken_port: int) -> None:
    done = check(tmp_path, taken_port)
    assert done.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{taken_port}: Address already in use." in done.stderr
    assert f"script/run --port {taken_port + 1}" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    done = check(tmp_path, free_port(), "--host", "192.0.2.1")
    assert done.returncode == 1
    assert "Cannot listen on 192.0.2.1" in done.stderr


def test_a_second_start_from_the_same_folder_is_refused(tmp_path: Path) -> None:
    with serve.only_one(tmp_path, ["dispatch"]):
        done = check(tmp_path, free_port())
        beside = check(tmp_path, free_port(), "--only", "web,gate,publish")
    assert done.returncode == 1
    assert f"Countersign already runs from this folder (dispatch, process {os.getpid()})" in done.stderr
    assert beside.returncode == 0
    assert check(tmp_path, free_port()).returncode == 0


def test_all_four_programs_run() -> None:
    programs = {program.name: program for program in serve.programs("127.0.0.1", 8123)}
    assert list(programs) == ["web", "dispatch", "gate", "publish"]
    assert "127.0.0.1:8123" in programs["web"].command
    assert programs["gate"].environment == {"Q_CLUSTER_NAME": "gate"}
    assert programs["publish"].environment == {"Q_CLUSTER_NAME": "publish"}


@pytest.mark.parametrize(
    ("words", "parts"),
    [("publish", ["publish"]), ("dispatch, web", ["web", "dispatch"]), ("gate,publish", ["gate", "publish"])],
)
def test_a_host_may_run_any_mix_of_the_parts(words: str, parts: list[str]) -> None:
    programs = serve.programs("127.0.0.1", 8123, serve.parts_of(words))
    assert [program.name for program in programs] == parts


@pytest.mark.parametrize("words", ["", "worker", "web,worker"])
def test_a_part_that_there_is_not_is_refused(tmp_path: Path, words: str) -> None:
    done = check(tmp_path, free_port(), "--only", words)
    assert done.returncode == 2
    assert "the parts are web, dispatch, gate, publish" in done.stderr


def test_without_the_web_server_no_port_is_asked_for(tmp_path: Path, taken_port: int) -> None:
    assert check(tmp_path, taken_port, "--only", "dispatch,gate,publish").returncode == 0


def test_the_environment_says_how_many_web_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_WORKERS", "5")
    monkeypatch.setenv("WEB_THREADS", "3")
    command = " ".join(serve.programs("127.0.0.1", 8123, ["web"])[0].command)
    assert "--workers 5 --threads 3" in command


@pytest.mark.parametrize("count", ["0", "-1", "many", "2.5"])
def test_a_number_of_web_workers_that_is_none_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: str
) -> None:
    monkeypatch.setenv("WEB_WORKERS", count)
    done = check(tmp_path, free_port())
    assert done.returncode == 1
    assert f"WEB_WORKERS is '{count}': write a whole number, 1 or more." in done.stderr


@pytest.mark.parametrize(
    ("host", "bound", "reached_at"),
    [
        ("127.0.0.1", "127.0.0.1:80", "127.0.0.1"),
        ("0.0.0.0", "0.0.0.0:80", "127.0.0.1"),
        ("::1", "[::1]:80", "::1"),
    ],
)
def test_addresses(host: str, bound: str, reached_at: str) -> None:
    assert serve.bind_address(host, 80) == bound
    assert serve.local_name(host) == reached_at


def test_a_server_that_does_not_answer_is_not_ready() -> None:
    assert not serve.answers("127.0.0.1", free_port())


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("2026-11-22 14:47:01,379 INFO django-q Processed 'gate.tasks.run_checks'", False),
        ("2026-11-22 14:47:01,379 WARNING accounts A sign-in was refused", True),
        ("[2026-11-22 14:46:58 +0000] [1354] [ERROR] Connection in use", True),
        ("", False),
    ],
)
def test_the_terminal_shows_what_is_alarming(line: str, shown: bool) -> None:
    assert serve.is_alarming(line) is shown


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://localhost:8123"),
        ("0.0.0.0", "http://localhost:8123"),
        ("::1", "http://[::1]:8123"),
        ("countersign.example.org", "http://countersign.example.org:8123"),
    ],
)
def test_the_address_of_links_is_the_one_that_is_shown(host: str, address: str) -> None:
    command = [sys.executable, "-m", "config.serve", "--address", "--host", host, "--port", "8123"]
    assert (
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()
        == address
    )
