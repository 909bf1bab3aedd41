"""What a check says that it may find is what it finds, and what the docs tell (tests/checks/make.py asks it of every
finding as well)."""

import ast
import re
from pathlib import Path

import pytest

from gate import checks
from gate.checks import registry

DOCS = (Path(__file__).parents[2] / "docs" / "checks.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in Path(checks.__path__[0]).glob("*.py")]


@pytest.mark.parametrize("check_id", registry.CHECKS)
def test_the_docs_tell_of_each_finding_and_of_no_other(check_id):
    section = DOCS.partition(f"\n## {check_id}\n")[2].partition("\n## ")[0]
    told = re.findall(rf"`(?:{check_id})?\.([a-z-]+)`", section)
    assert {f"{check_id}.{name}" for name in told} == set(registry.finding_ids(check_id))


def test_no_source_has_a_finding_that_its_check_does_not_name():
    named = {
        node.value
        for source in SOURCES
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(rf"(?:{'|'.join(registry.CHECKS)})\.[a-z-]+", node.value)
    }
    assert len(named) > 50
    assert named <= {each for check_id in registry.CHECKS for each in registry.finding_ids(check_id)}
