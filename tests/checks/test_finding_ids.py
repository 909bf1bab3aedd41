"""The list of findings that settings may name is what the checks have, and what the docs tell."""

import ast
import re
from pathlib import Path

import pytest

from gate import checks
from gate.checks import finding_ids, registry

DOCS = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in Path(checks.__path__[0]).glob("*.py")]


@pytest.mark.parametrize("check_id", registry.CHECKS)
def test_the_docs_tell_of_each_finding_and_of_no_other(check_id):
    section = DOCS.partition(f"\n## {check_id}\n")[2].partition("\n## ")[0]
    told = re.findall(rf"`(?:{check_id})?\.([a-z-]+)`", section)
    assert {f"{check_id}.{name}" for name in told} == set(finding_ids.of(check_id))


def test_the_checks_name_no_finding_that_is_not_listed():
    named = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"(?:{'|'.join(registry.CHECKS)})\.[a-z-]+", node.value)
    }
    assert len(named) > 50
    assert [each for each in sorted(named) if not finding_ids.is_known(each)] == []


def test_a_check_without_findings_is_listed_nowhere():
    assert all(finding_ids.of(check_id) for check_id in registry.CHECKS)
    assert finding_ids.of("no-such-check") == ()
    assert finding_ids.is_known("claims")
    assert not finding_ids.is_known("no-such-check")
