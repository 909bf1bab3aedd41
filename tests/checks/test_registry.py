import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gate import conduct
from gate.checks import registry
from gate.checks.base import CheckSettings, Level
from gate.checks.settings import override
from gate.content import Content, Declarations, MediaFacts
from tests.checks.make import ANSWERED, channel, image


def test_every_registered_check_is_whole():
    assert registry.problems() == []
    assert [check.id for check in registry.all_checks()] == list(registry.CHECKS)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gate.checks.no_such_file.Check", "cannot be loaded"),
        ("gate.checks.word_list.NoSuchClass", "cannot be loaded"),
        ("tests.checks.test_registry.Nameless", "has no title"),
        ("tests.checks.test_registry.Lawless", "clause 99.9 is not in the default code of conduct"),
        ("tests.checks.test_registry.Idle", "has no run()"),
        ("gate.checks.word_list.WordList", "calls itself word-list"),
    ],
)
def test_what_is_wrong_with_a_registered_check_is_said(monkeypatch, path, words):
    monkeypatch.setitem(registry.CHECKS, "new", path)
    assert any(words in problem for problem in registry.problems())


def test_an_id_that_is_not_registered_is_an_error():
    with pytest.raises(KeyError):
        registry.load("no-such-check")


def test_findings_cite_clauses_of_the_default_code():
    clauses = {clause.id for clause in conduct.parse(conduct.default_text())}
    picture = image(alt="IMG_1.jpg")
    content = Content(
        (channel("You are an idiot @bob! password: hunter2x bob@example.com FALCON", media=(picture,)),
         channel("", account="two")),
        Declarations(),
        (MediaFacts(picture.sha256, found=("gps",), digital_source_type="trainedAlgorithmicMedia"),),
    )  # fmt: skip
    settings = CheckSettings(own={"word-list": {"words": ["falcon: attest"]}})
    cited = {
        f.clause or check.clause for check in registry.all_checks() for f in check.run(content, settings)
    }
    assert {"1.1", "1.2", "2.1", "2.2", "2.3", "3.1", "3.2", "3.3", "4.1", "5.2", "6.1"} <= cited
    assert cited <= clauses


@pytest.mark.parametrize("check", registry.all_checks(), ids=lambda check: check.id)
def test_a_check_says_which_clauses_it_guards(check):
    """The page of the code of conduct shows it under each of them."""
    tree = ast.parse(inspect.getsource(inspect.getmodule(type(check))))
    versions = [n.value for n in ast.walk(tree) if isinstance(n, ast.Assign) and _names(n) == ["version"]]
    strings = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in versions]
    cited = {
        n.value for n in strings if re.fullmatch(r"[1-9]\.[1-9]", str(n.value)) and isinstance(n.value, str)
    }
    assert cited == {check.clause, *getattr(check, "also_guards", ())}


def _names(assign):
    return [target.id for target in assign.targets if isinstance(target, ast.Name)]


def test_every_attestation_asks_and_nothing_else_does():
    content = Content((channel("Call 020 7946 0958, #nospaceshere", media=(image(),)),), Declarations())
    for check in registry.all_checks():
        for finding in check.run(content, CheckSettings()):
            assert bool(finding.question) == (finding.level == Level.ATTEST), finding
            assert finding.fix, finding


def test_a_plain_post_needs_no_more_than_being_read():
    content = Content((channel("Our choir sings on Friday at seven. Everybody is welcome!"),), ANSWERED)
    findings = [f for check in registry.all_checks() for f in check.run(content, CheckSettings())]
    assert [f.id for f in findings] == ["toxicity.tone"]


class Nameless:
    id = "new"
    version = "1.0"
    clause = "1.1"
    title = ""
    settings = (override(),)

    def run(self, content, settings):
        return []


class Lawless(Nameless):
    clause = "99.9"
    title = "Lawless"


class Idle:
    id = "new"
    version = "1.0"
    clause = "1.1"
    title = "Idle"
    settings = (override(),)


@pytest.mark.parametrize("check_id", registry.CHECKS)
def test_the_docs_have_a_section_with_version_clause_and_limits(check_id):
    check = registry.load(check_id)
    docs = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
    section = docs.partition(f"\n## {check_id}\n")[2].partition("\n## ")[0]
    assert f"*Version {check.version}, clause" in section
    assert check.clause in section.partition(".* ")[0]
    assert "*Cannot see:*" in section


def test_checks_load_neither_django_nor_torch():
    script = (
        "import sys; from gate.checks import registry; from gate.toxicity import engine; registry.all_checks();"
        "engine('screen'); print(sorted({'django', 'torch', 'detoxify'} & set(sys.modules)))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
