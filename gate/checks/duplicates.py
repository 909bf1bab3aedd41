"""The same or nearly the same text again, on one platform.

Source of the strictness on X: its automation rules forbid identical or substantially similar posts across
accounts, scheduled ones included, and its API refuses a repeated text. Elsewhere a repetition can be right
(a weekly reminder), so a person decides.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex

from gate.checks.base import CheckSettings, Earlier, Finding, Level, Span
from gate.checks.settings import Input, Setting, level, override
from gate.checks.texts import name
from gate.content import ChannelContent, Content

FORBIDDEN_ON = frozenset({"x"})
SIMILAR = 0.7
"""By default: Jaccard similarity of shingles from which two texts count as substantially similar."""
SHINGLE = 5
"""Characters: works in alphabets without blanks between words too."""
SHORTEST = 40
"""Letters and digits. Shorter texts ("Good morning!") are compared as a whole only."""

_URL = regex.compile(r"https?://\S+", regex.IGNORECASE)
_NOT_SAID = regex.compile(r"[^\p{Alphabetic}\p{N}\p{So}]+")


@dataclass(frozen=True, slots=True)
class Other:
    """A text to compare with, and how a message calls it."""

    called: str
    text: str
    same_account: bool


class Duplicates:
    id = "duplicates"
    version = "1.1"
    clause = "4.2"
    title = "No duplicates"
    findings = ("forbidden", "same", "similar")
    settings: tuple[Setting, ...] = (
        Setting(
            "days",
            "Days to look back",
            Input.NUMBER,
            60,
            "What is handed in or went out since then is compared with.",
            least=1,
            most=365,
        ),
        Setting(
            "similar",
            "Similarity",
            Input.NUMBER,
            SIMILAR,
            "From which share of common parts two texts are nearly the same.",
            least=0.3,
            most=1.0,
        ),
        level("duplicates.same", "The same text again", Level.ATTEST),
        level("duplicates.similar", "Nearly the same text again", Level.ATTEST),
        override(),
    )

    def run(self, content: Content, settings: CheckSettings) -> list[Finding]:
        found = []
        for index, channel in enumerate(content.channels):
            others = [*_earlier(channel, settings), *_siblings(content, index)]
            span, from_ = Span(index, field="channel"), settings.value(self, "similar")
            found += _closest(span, channel.platform, text_of(channel), others, from_)
        return found


def text_of(channel: ChannelContent) -> str:
    """A thread is compared as one text."""
    return "\n".join(part.text for part in channel.parts)


def similarity(one: str, two: str) -> float:
    """1.0 for texts that a reader would call the same; otherwise the Jaccard similarity of their shingles,
    links left out, or 0.0 where one is too short to say."""
    if _plain(one) == _plain(two):
        return 1.0
    a, b = _shingles(one), _shingles(two)
    if not a or not b:
        return 0.0
    shared = len(a & b)
    # Short of 1: the links differ at least, and only equal texts are called the same.
    return min(0.99, shared / (len(a) + len(b) - shared))


def _earlier(channel: ChannelContent, settings: CheckSettings) -> Iterator[Other]:
    for post in settings.earlier:
        if post.platform == channel.platform:
            when = f" ({post.when})" if post.when else ""
            yield Other(f"“{post.title}”{when}", post.text, _is_account(post, channel))


def _siblings(content: Content, index: int) -> Iterator[Other]:
    """The same post's channels before this one, on the same platform."""
    channel = content.channels[index]
    for other in content.channels[:index]:
        if other.platform == channel.platform:
            yield Other(f"this post on {name(other)}", text_of(other), _is_account(other, channel))


def _is_account(one: Earlier | ChannelContent, two: ChannelContent) -> bool:
    """Account ids are unique on one server only."""
    return (one.platform, one.account_id, one.instance) == (two.platform, two.account_id, two.instance)


def _closest(span: Span, platform: str, text: str, others: list[Other], similar: float) -> list[Finding]:
    """One finding at most for a channel: the strictest, then the most similar."""
    if not _plain(text):
        return []
    near = [(similarity(text, other.text), other) for other in others]
    found = [(likeness, _finding(span, platform, likeness, o)) for likeness, o in near if likeness >= similar]
    strictest = max(found, key=lambda pair: (pair[1].level == Level.BLOCKS, pair[0]), default=None)
    return [strictest[1]] if strictest else []


def _finding(span: Span, platform: str, likeness: float, other: Other) -> Finding:
    same = likeness == 1.0
    account = "the same account" if other.same_account else "another account"
    message = (
        f"{'The same' if same else 'Nearly the same'} text as {other.called}, on {account} of {platform}."
    )
    fix = "Say it in another way, or leave this channel out."
    kind = "duplicates.same" if same else "duplicates.similar"
    if platform in FORBIDDEN_ON and (same or not other.same_account):
        message = f"{message} The rules of {platform} forbid it."
        return Finding("duplicates.forbidden", Level.BLOCKS, message, fix, "", span)
    question = "There is a good reason to post this again, and readers will not take it for spam."
    return Finding(kind, Level.ATTEST, message, fix, question, span)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Letters, digits and emoji: case, compatibility forms, blanks and punctuation do not count."""
    return _NOT_SAID.sub("", unicodedata.normalize("NFKC", text).casefold())


@lru_cache(maxsize=4096)
def _shingles(text: str) -> frozenset[str]:
    plain = _plain(_URL.sub(" ", text))
    if len(plain) < SHORTEST:
        return frozenset()
    return frozenset(plain[i : i + SHINGLE] for i in range(len(plain) - SHINGLE + 1))
