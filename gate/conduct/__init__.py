"""The code of conduct: Markdown with numbered clauses, and the one a new team starts from.

Format: `## 1 Title` opens a section and `### 1.1 Title` a clause; everything up to the next heading is the
clause's text. Other headings and what stands before the first clause are for the reader and are not clauses.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HEADING = re.compile(r"^(?=.{0,300}$)#{1,6}\s+")
"""A longer line is none: the patterns below would look at it for seconds."""
CLAUSE = re.compile(r"^###\s+(?P<id>\d+\.\d+)\s+(?P<title>\S.*?)\s*#*$")
_DEFAULT = Path(__file__).with_name("default.md")


@dataclass(frozen=True, slots=True)
class Clause:
    """One numbered clause; `text` is Markdown without the heading."""

    id: str
    title: str
    text: str


def parse(markdown: str) -> list[Clause]:
    """The clauses in their order. Raises ValueError where two carry one number or one has no text,
    because checks and decisions cite a clause by its number alone."""
    clauses: list[Clause] = []
    heading: tuple[str, str] | None = None
    lines: list[str] = []
    for line in [*markdown.splitlines(), "# end"]:
        if not HEADING.match(line):
            lines.append(line)
            continue
        if heading:
            clauses.append(Clause(*heading, "\n".join(lines).strip()))
        clause = CLAUSE.match(line)
        heading = (clause["id"], clause["title"]) if clause else None
        lines = []
    _refuse(clauses)
    return clauses


def tidy(markdown: str) -> str:
    """The text with plain line ends and nothing around it: what a browser sends back unchanged stays the same text."""
    return markdown.replace("\r\n", "\n").replace("\r", "\n").strip() + "\n"


@cache
def default_text() -> str:
    """The Markdown of the code of conduct that comes with the product."""
    return _DEFAULT.read_text(encoding="utf-8")


def _refuse(clauses: list[Clause]) -> None:
    seen: set[str] = set()
    for clause in clauses:
        if clause.id in seen:
            raise ValueError(f"clause {clause.id} stands twice")
        if not clause.text:
            raise ValueError(f"clause {clause.id} has no text")
        seen.add(clause.id)
