"""Every line of tests/checks/examples/<check>.jsonl: the check finds what it should, where it should, and nothing else.

A line may say in `wrong` why the check is known to get it wrong: then it must still do so, so that the figures of
docs/evaluation.md are true and whoever mends it hears of it.
"""

import json
from collections import Counter
from pathlib import Path

import pytest

from gate.checks import registry
from gate.checks.settings import Setting
from gate.checks.texts import field_text
from gate.evaluation.examples import Example, example

FOLDER = Path(__file__).parent / "examples"
FILES = sorted(FOLDER.glob("*.jsonl"))
FEWEST = 20
"""Of each kind, good and bad."""


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def problem(check_id: str, each: Example) -> str:
    """What is wrong with the check's answer; "" for nothing."""
    check = registry.load(check_id)
    findings = each.findings(check)
    ids = [finding.id for finding in findings]
    if each.is_found(findings) != each.label:
        return f"found {ids}"
    if each.label and each.marks is not None:
        its = [f for f in findings if f.id == each.finding] if each.finding else findings
        marks = tuple(field_text(each.content, f.span)[f.span.start : f.span.end] for f in its)
        if marks != each.marks:
            return f"marked {marks}"
    return ""


def refused(check_id: str, each: Example) -> str:
    """What the settings page would say of the example's settings; "" for nothing."""
    known: dict[str, Setting] = {setting.name: setting for setting in registry.load(check_id).settings}
    try:
        for name, value in each.settings.items():
            known[name].read(value)
    except (KeyError, ValueError) as error:
        return f"setting refused: {error}"
    return ""


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_every_example_is_judged_as_its_line_says(path):
    said = []
    for number, line in enumerate(lines(path), 1):
        each = example(json.loads(line))
        answer = refused(path.stem, each) or problem(path.stem, each)
        if bool(answer) != bool(each.wrong):
            said.append(f"{path.name}:{number}: {answer or 'no longer wrong'}: {line[:120]}")
    assert not said, "\n".join(said)


@pytest.mark.parametrize("check_id", sorted(registry.CHECKS))
def test_every_check_has_examples_of_both_kinds_and_none_twice(check_id):
    rows = lines(FOLDER / f"{check_id}.jsonl")
    assert len(set(rows)) == len(rows)
    labels = Counter(json.loads(row)["label"] for row in rows)
    assert min(labels[0], labels[1]) >= FEWEST, labels


def test_every_file_belongs_to_a_check():
    assert {path.stem for path in FILES} <= set(registry.CHECKS)
