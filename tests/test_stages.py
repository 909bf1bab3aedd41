"""script/test itself: what a stage counts as, and what is run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import marked, stages
from tests.servers import MissingServer

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def runner() -> Iterator[stages.Runner]:
    runner = stages.Runner()
    yield runner
    runner.close()


def python(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


@pytest.mark.parametrize(("code", "outcome"), [(0, "ok"), (1, "FAILED"), (5, "FAILED")])
def test_the_exit_code_decides(runner: stages.Runner, code: int, outcome: str) -> None:
    assert runner.run(stages.Stage("x", python(f"raise SystemExit({code})"))).outcome == outcome


def test_no_test_collected_is_named(runner: stages.Runner) -> None:
    assert runner.run(stages.Stage("x", python("raise SystemExit(5)"))).reason == "no test was collected"


def test_a_quiet_stage_speaks_when_it_fails(runner: stages.Runner, capfd: pytest.CaptureFixture[str]) -> None:
    runner.run(stages.Stage("good", python("print('all well')")))
    runner.run(stages.Stage("bad", python("print('what is wrong'); raise SystemExit(1)")))
    assert capfd.readouterr().out.strip() == "what is wrong"


def test_stages_have_a_var_folder_of_their_own_that_goes_away(tmp_path: Path) -> None:
    runner = stages.Runner()
    seen = tmp_path / "seen"
    text = f"import os; open({str(seen)!r}, 'w').write(os.environ['COUNTERSIGN_VAR'])"
    assert runner.run(stages.Stage("x", python(text))).outcome == "ok"
    var = Path(seen.read_text())
    assert (var / "secret_key").exists()
    assert var != ROOT / "var"
    runner.close()
    assert not var.exists()


@pytest.mark.parametrize(("ci", "outcome"), [("true", "FAILED"), ("", "skipped")])
def test_a_missing_server_is_a_failure_in_ci_only(
    runner: stages.Runner, monkeypatch: pytest.MonkeyPatch, ci: str, outcome: str
) -> None:
    def no_binaries() -> Path:
        raise MissingServer("Install it.")

    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr("tests.servers.pg.find_binaries", no_binaries)
    result = runner.run(stages.Stage("x", python(""), server="postgres"))
    assert (result.outcome, result.reason) == (outcome, "Install it.")


def test_one_failure_fails_the_run_and_a_skip_does_not() -> None:
    good, skip, bad = (stages.Result("x", outcome, 0.1) for outcome in ("ok", "skipped", "FAILED"))
    assert stages.summarise([good, skip]) == 0
    assert stages.summarise([good, bad, skip]) == 1


def listed(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.stages", "--list", *options]
    return subprocess.run(
        command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False
    )


def test_every_test_is_in_exactly_one_stage_of_each_database() -> None:
    names = listed("--live").stdout.split()
    assert names[-4:] == ["pytest-sqlite", "pytest-sqlite-real", "pytest-postgres", "pytest-live"]
    assert listed().stdout.split() == names[:-1]


def test_a_test_that_no_stage_would_find_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "test_x.py"
    file.write_text("from elsewhere import pytestmark\n")
    item: Any = SimpleNamespace(path=file, nodeid="x", get_closest_marker=lambda mark: mark == "live")
    with pytest.raises(pytest.UsageError, match="x is marked live, and its file does not say so"):
        marked.require_names([item])


def test_options_for_pytest_choose_one_run_on_each_database() -> None:
    assert listed("--", "-k", "calendar").stdout.split()[-2:] == ["pytest-sqlite", "pytest-postgres"]


def test_an_unknown_stage_is_refused_with_the_names_there_are() -> None:
    done = listed("--only", "nonsense")
    assert done.returncode == 1
    assert "No stage nonsense. Stages: ruff, format, mypy" in done.stderr
