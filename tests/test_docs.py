"""The documents say what is true of this tree: files, commands, settings."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.core.management import get_commands

from gate.checks import registry
from platforms import guard
from scheduler import demo

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
RECORDS = sorted(ROOT.glob("docs/decisions/*.md"))
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FOLDERS = (
    *("accounts", "config", "gate", "ledger", "platforms", "scheduler"),
    *("deploy", "docs", "script", "static", "templates", "tests"),
)
FILE = re.compile(rf"(?:{'|'.join(FOLDERS)})/[\w./-]+\Z|(?:requirements[\w-]*\.txt|[\w-]+\.(?:md|toml))\Z")
MANAGE = re.compile(r"manage\.py ([a-z]\w*)")
SCRIPT = re.compile(r"(?<![\w./-])script/(\w+)((?: --[\w-]+)*)")
ENVIRONMENT = re.compile(r'(?:env\.(?:text|flag|number|words)|= _secret)\(\s*"(\w+)"')
SOMEBODYS_MACHINE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp|mnt|opt|srv)/\w+|[A-Z]:\\\\|file://")


def called(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


documents = pytest.mark.parametrize("path", DOCUMENTS, ids=called)


def prose(path: Path) -> str:
    """The text without its fenced examples."""
    return FENCE.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """What a heading is called in a link, as GitHub writes it."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(path: Path) -> Iterator[str]:
    for link in LINK.findall(prose(path)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (path.parent / name).resolve() if name else path
        if not target.exists() or (anchor and anchor not in anchors(target)):
            yield link


def missing_files(path: Path) -> Iterator[str]:
    for word in CODE.findall(prose(path)):
        if FILE.match(word) and not any((base / word).exists() for base in (ROOT, path.parent)):
            yield word


@documents
def test_links_lead_somewhere(path: Path) -> None:
    assert list(broken_links(path)) == []


@documents
def test_files_that_are_named_exist(path: Path) -> None:
    assert list(missing_files(path)) == []


@documents
def test_commands_that_are_named_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(MANAGE.findall(text)) - set(get_commands()) == set()
    for name, options in SCRIPT.findall(text):
        script = ROOT / "script" / name
        if not script.is_file():  # a Python file of script/ named without its ending is no command
            assert (ROOT / "script" / f"{name}.py").is_file(), f"script/{name}"
            continue
        words = script.read_text() + (ROOT / "tests" / "stages.py").read_text()
        assert [o for o in options.split() if o != "--help" and o not in words] == []


@documents
def test_no_path_of_somebodys_machine(path: Path) -> None:
    assert SOMEBODYS_MACHINE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", RECORDS, ids=called)
def test_each_decision_has_its_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]}: \S", text)
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Rejected"]


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:4] for path in RECORDS] == [f"{n:04}" for n in range(1, len(RECORDS) + 1)]


def test_decisions_that_the_code_cites_exist() -> None:
    known = {path.name[:4] for path in RECORDS}
    sources = [
        p for folder in FOLDERS for p in ROOT.glob(f"{folder}/**/*.py") if folder not in ("docs", "tests")
    ]
    cited = {n for path in sources for n in re.findall(r"docs/decisions/(\d{4})", path.read_text("utf-8"))}
    assert cited
    assert cited <= known


def test_the_settings_table_is_that_of_the_settings() -> None:
    section = (
        (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Settings")[2].partition("\n## ")[0]
    )
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(ENVIRONMENT.findall((ROOT / "config/settings.py").read_text("utf-8")))


def test_the_eleven_points_each_name_a_test() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+)\. .*\|([^|]+)\|$", text, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 12))
    assert all("tests/" in tests for _, tests in rows)


def test_constraints_and_triggers_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    rows = "".join(re.findall(r"^\| \d+\. [^|]*\|([^|]+)\|", text, re.MULTILINE))
    names = {word for word in CODE.findall(rows) if re.fullmatch(r"[a-z]+(?:_[a-z]+)+", word)}
    known = "".join(path.read_text("utf-8") for path in ROOT.glob("*/migrations/*.py"))
    assert len(names) > 5
    assert {name for name in names if f'"{name}"' not in known and f"'{name}'" not in known} == set()


def test_the_readme_counts_and_shows_what_is_there() -> None:
    words = [
        "",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
    ]
    changes = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert f"{words[len(registry.CHECKS)]} checks" in changes
    readme = (ROOT / "README.md").read_text("utf-8")
    assert all(f"script/{name}" in readme for name in ("run", "test"))
    named = set(re.findall(r"`(\w+@[\w.]+)`", readme))
    assert named
    assert named <= {email for _, email, _ in demo.PEOPLE}


def example(number: int) -> str:
    """A Python example of CONTRIBUTING.md: check, its tests, platform, its tests."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[number]


def run_example(monkeypatch: pytest.MonkeyPatch, name: str, code: str, tests: str) -> dict[str, Any]:
    """The names of the example's tests, where the example itself can be imported as `name`."""
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, module)
    exec(code, module.__dict__)
    names: dict[str, Any] = {}
    exec(tests, names)
    return names


def test_the_example_of_a_check_works(monkeypatch: pytest.MonkeyPatch) -> None:
    names = run_example(monkeypatch, "gate.checks.marks", example(0), example(1))
    names["test_nothing_to_say"]("We sail at ten!")
    names["test_a_row_is_marked"]()


def test_the_example_of_a_platform_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard.settings, "allow_loopback", True)
    tests = example(3).replace("@pytest.fixture", "@contextlib.contextmanager")
    names = run_example(monkeypatch, "platforms.shelf", example(2), f"import contextlib\n{tests}")
    with names["shelf"](None) as shelf:
        names["test_the_same_request_twice_is_one_document"](shelf)


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("[a](no/such/file.md)", ["no/such/file.md"]),
        ("[a](README.md#no-such-heading)", ["README.md#no-such-heading"]),
        ("[a](https://example.org/x) [b](README.md#two-commands) [c](docs/)", []),
    ],
)
def test_the_search_for_links_finds_a_broken_one(tmp_path: Path, text: str, broken: list[str]) -> None:
    for name in ("README.md", "docs"):
        (tmp_path / name).symlink_to(ROOT / name)
    document = tmp_path / "new.md"
    document.write_text(text)
    assert list(broken_links(document)) == broken
