"""Where a reader meets what they must know: in time, or behind the fold, in a run of hashtags, in a later post."""

from collections.abc import Iterable

import regex

from gate.checks import disclosure_words as words

FOLDS = {"instagram": (125, 2), "linkedin": (200, 3), "facebook": (400, 5), "x": (280, 10)}
"""Characters and lines shown before "more". The platforms do not publish them: observed, rounded down."""
NO_FOLD = (500, 25)
"""Elsewhere: what must be read first stands among the first words of a long post too (Bluesky's app folds
after 25 lines, Mastodon's after the height of 32)."""

_NEGATION = 24
"""Code points in which a "not" stands before a word, at most."""
_HASHTAG_RUN = regex.compile(r"(?<!\w)#\w+(?:\s+#\w+){2,}")


def fold_of(text: str, platform: str) -> int:
    """The code point from which a reader has to tap to see the rest."""
    characters, lines = FOLDS.get(platform, NO_FOLD)
    shown = text[:characters]
    for seen, line_end in enumerate(regex.finditer(r"\n", shown), start=1):
        if seen == lines:
            return line_end.start()
    return len(shown)


def is_buried(text: str, start: int) -> bool:
    """Whether a hashtag stands among three or more, unless it opens the whole post."""
    return start > 0 and any(run.start() <= start < run.end() for run in _HASHTAG_RUN.finditer(text))


def is_seen(text: str, platform: str, start: int, end: int) -> bool:
    """Whether words of a first post are read without a tap, and not among hashtags."""
    return end <= fold_of(text, platform) and not is_buried(text, start)


def matches(text: str, patterns: Iterable[regex.Pattern[str]]) -> list[tuple[int, int]]:
    """The matches of all patterns that no "not" stands before, in order."""
    return sorted(
        match.span()
        for pattern in patterns
        for match in pattern.finditer(text)
        if not words.NEGATED.search(text, max(0, match.start() - _NEGATION), match.start())
    )
