"""The plugin that makes a skip a failure in CI, in pytest runs of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SKIPPED_TEST = "import pytest\ndef test_it(): pytest.skip('no such program here')\ndef test_other(): pass\n"
SKIPPED_MODULE = "import pytest\npytest.importorskip('no_such_module_anywhere')\ndef test_it(): pass\n"
XFAIL = "import pytest\n@pytest.mark.xfail(reason='known', strict=True)\ndef test_it(): assert False\n"
PASSING = "def test_it(): pass\n"


def run_pytest(folder: Path, text: str, *options: str, ci: str = "true") -> tuple[int, str]:
    (folder / "test_sample.py").write_text(text)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tests.no_skips",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [*command, "--rootdir", str(folder), "-c", os.devnull, *options, str(folder)],
        cwd=ROOT,
        env={**os.environ, "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize("options", [(), ("-p", "xdist", "-n", "2")], ids=["one process", "xdist"])
@pytest.mark.parametrize("text", [SKIPPED_TEST, SKIPPED_MODULE], ids=["test", "module"])
def test_a_skip_fails_in_ci(tmp_path: Path, text: str, options: tuple[str, ...]) -> None:
    code, output = run_pytest(tmp_path, text, *options)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert "skipped, which CI does not allow" in output
    assert "no such program here" in output or "no_such_module_anywhere" in output


def test_a_skip_is_allowed_elsewhere(tmp_path: Path) -> None:
    code, output = run_pytest(tmp_path, SKIPPED_TEST, ci="")
    assert code == pytest.ExitCode.OK
    assert "1 skipped" in output


@pytest.mark.parametrize("text", [PASSING, XFAIL], ids=["passing", "expected failure"])
def test_other_outcomes_are_left_alone(tmp_path: Path, text: str) -> None:
    code, _ = run_pytest(tmp_path, text)
    assert code == pytest.ExitCode.OK
