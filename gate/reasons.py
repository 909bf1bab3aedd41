"""What counts as a reason that somebody gives: words that others can read."""

from __future__ import annotations

from typing import Final

from gate.invisible import UNSEEN

LEAST: Final = 3
"""Letters: enough for "Spam", too many for dots and blanks."""


def is_one(text: str, *, least: int = LEAST) -> bool:
    """Whether at least so many letters can be seen in it. A few letters of another script than ours say as much."""
    return sum(letter.isalpha() for letter in UNSEEN.sub("", text)) >= least
