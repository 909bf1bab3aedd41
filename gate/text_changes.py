"""What one version of the code of conduct changes in the text of another, clause by clause."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from gate import conduct, rendering

_NUMBER = re.compile(r"^#+\s+(?P<number>\d+(?:\.\d+)*)\b")
_MARKS = re.compile(r"^#+\s+|\s+#*$")


@dataclass(frozen=True, slots=True)
class Changed:
    """A clause, a section's heading or a text between, as it was and as it is; "" where it was not or is not there."""

    before: str
    after: str

    @property
    def word(self) -> str:
        return "changed" if self.before and self.after else "new" if self.after else "gone"


def between(before: str, after: str) -> list[Changed]:
    """What differs, in the order of the new text; what is gone comes last. A clause is known by its number, so that
    another title or place is a change of one clause."""
    was, now = _pieces(before), _pieces(after)
    found = [Changed(was.get(key, ""), text) for key, text in now.items() if was.get(key, "") != text]
    return found + [Changed(text, "") for key, text in was.items() if key not in now]


def _pieces(text: str) -> dict[tuple[str, int], str]:
    """Number (or heading) and which of those with the same, to heading and text."""
    seen: Counter[str] = Counter()
    found = {}
    for heading, body in rendering.cut(conduct.tidy(text)):
        number = _NUMBER.match(heading)
        name = number["number"] if number else heading
        seen[name] += 1
        found[name, seen[name]] = f"{_MARKS.sub('', heading)}\n\n{body.strip()}".strip()
    return found
