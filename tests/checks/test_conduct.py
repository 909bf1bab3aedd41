import pytest

from gate import conduct

CLAUSES = {1: 3, 2: 5, 3: 4, 4: 4, 5: 3, 6: 3, 7: 4, 8: 3, 9: 3}
"""How many each section has. Decisions cite them: a clause is added at the end of its section, and none goes."""


def test_the_default_code_has_the_clauses_that_checks_cite():
    clauses = conduct.parse(conduct.default_text())
    assert [c.id for c in clauses] == [f"{s}.{n}" for s, most in CLAUSES.items() for n in range(1, most + 1)]
    assert all(clause.title and clause.text and "#" not in clause.text for clause in clauses)


def test_the_default_code_is_read_in_a_few_minutes():
    assert len(conduct.default_text().split()) < 1500


def test_clauses_have_number_title_and_text():
    (one, two) = conduct.parse(
        "# Code\nhello\n## 1 First\nnote\n### 1.1 A title ###\nText\n\n- more\n### 1.10 B\nC"
    )
    assert one == conduct.Clause("1.1", "A title", "Text\n\n- more")
    assert two == conduct.Clause("1.10", "B", "C")


def test_a_heading_without_a_number_ends_a_clause():
    (clause,) = conduct.parse("### 1.1 A\nText\n## Notes\nNot a clause\n### Unnumbered\nNeither")
    assert clause.text == "Text"


@pytest.mark.parametrize(
    "markdown", ["### 1.1 A\nText\n### 1.1 B\nText", "### 1.1 A\n### 1.2 B\nText", "### 1.1 A\n \n"]
)
def test_a_code_whose_clauses_cannot_be_cited_is_refused(markdown):
    with pytest.raises(ValueError, match=r"clause 1\.1"):
        conduct.parse(markdown)


def test_a_text_without_clauses_has_none():
    assert conduct.parse("Just be nice.\n# Title") == []
