"""Whatever happens to the worker, the server gets an answer, and keeps its memory and its secrets."""

import os
import sys
import threading
from pathlib import Path

import pytest

from scheduler.imaging import ImageRefused, process, words
from scheduler.imaging.worker import CPU_SECONDS, MEMORY_BYTES
from tests.imaging import makers

ASK = {"operation": "ingest"}


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def refusal(code: str, wall: float = 20) -> str:
    with pytest.raises(ImageRefused) as caught:
        process.call(ASK, b"", wall=wall, command=python(code))
    return caught.value.message


def test_a_worker_that_hangs_is_stopped(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    code = f"import os,time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    assert refusal(code, wall=5) == words.TOO_SLOW
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


def test_the_real_worker_is_stopped_when_it_has_no_time_left() -> None:
    with pytest.raises(ImageRefused, match="too long"):
        process.call(ASK, makers.saved(makers.drawing(), "PNG"), wall=0.001)


@pytest.mark.parametrize("signal_name", ["SIGSEGV", "SIGABRT", "SIGBUS", "SIGTERM"])
def test_a_worker_that_crashes_is_a_damaged_picture(signal_name: str) -> None:
    assert refusal(f"import os,signal; os.kill(os.getpid(), signal.{signal_name})") == words.DAMAGED


def test_a_worker_that_is_killed_for_its_memory_says_so() -> None:
    assert refusal("import os; os.kill(os.getpid(), 9)") == words.TOO_MUCH_MEMORY


@pytest.mark.parametrize("said", ["", "nonsense", "[1]", "{", "\\xff"])
def test_a_worker_that_speaks_nonsense_is_not_believed(said: str) -> None:
    assert refusal(f"import sys; sys.stdout.buffer.write(b'{said}\\n')") == words.DAMAGED


def test_the_limit_on_memory_holds() -> None:
    code = "from scheduler.imaging import worker; worker.confine(); bytearray(worker.MEMORY_BYTES)"
    assert refusal(code) == words.DAMAGED


def test_running_out_of_memory_in_the_middle_is_told_in_clear_words() -> None:
    code = (
        "from scheduler.imaging import worker; "
        "worker.answer = lambda request, data: bytearray(worker.MEMORY_BYTES); worker.main()"
    )
    assert refusal(code) == words.TOO_MUCH_MEMORY


def test_the_limits_cannot_be_raised_again() -> None:
    code = (
        "import json, resource as r; from scheduler.imaging import worker; worker.confine(); "
        "print(json.dumps({n: r.getrlimit(getattr(r, n)) for n in "
        "('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_CORE', 'RLIMIT_FSIZE')}))"
    )
    limits, _ = process.call(ASK, b"", command=python(code))
    assert limits["RLIMIT_AS"] == [MEMORY_BYTES, MEMORY_BYTES]
    assert limits["RLIMIT_CPU"] == [CPU_SECONDS, CPU_SECONDS + 1]
    assert limits["RLIMIT_CORE"] == [0, 0]
    assert limits["RLIMIT_FSIZE"][0] == limits["RLIMIT_FSIZE"][1] < 100_000_000


def test_a_worker_that_calculates_for_ever_is_stopped_by_the_system() -> None:
    code = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 2))\nwhile True: pass"
    assert refusal(code) == words.TOO_SLOW


def test_a_worker_cannot_fill_the_disk_or_our_memory() -> None:
    code = (
        "import sys; from scheduler.imaging import worker; worker.confine()\n"
        "while True: sys.stdout.buffer.write(bytes(10_000_000)); sys.stdout.flush()"
    )
    assert refusal(code) == words.DAMAGED


def test_the_worker_has_no_secrets_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    environment, _ = process.call(ASK, b"", command=python(code))
    assert "do not tell" not in environment.values()


def test_a_worker_that_cannot_start_is_refused_in_words() -> None:
    with pytest.raises(ImageRefused, match="busy"):
        process.call(ASK, b"", command=("/nonexistent/python",))


def test_no_more_than_the_allowed_number_run_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(process, "_slots", threading.BoundedSemaphore(1))
    code = (
        f"import pathlib, time; at = pathlib.Path({str(tmp_path)!r}); (at / 'on').touch()\n"
        "while not (at / 'go').exists(): time.sleep(0.01)\n"
        "print('{}')"
    )
    first = threading.Thread(target=process.call, args=(ASK, b""), kwargs={"command": python(code)})
    first.start()
    while not (tmp_path / "on").exists():
        threading.Event().wait(0.01)
    with pytest.raises(ImageRefused, match="busy"):
        process.call(ASK, makers.saved(makers.drawing(), "PNG"), wall=0.1)
    (tmp_path / "go").touch()
    first.join()
    head, _ = process.call(ASK, makers.saved(makers.drawing(), "PNG"))
    assert head["content_type"] == "image/png"


def test_the_web_process_loads_no_decoder() -> None:
    code = "import json, sys, scheduler.imaging; print(json.dumps({'loaded': 'PIL' in sys.modules}))"
    head, _ = process.call(ASK, b"", command=python(code))
    assert head == {"loaded": False}
