"""The author's answers about claims: from the page and the stored post to what is signed, by their words.

An answer belongs to words (docs/decisions/0033): it is kept while they stand in the post, and asked for again where
they changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.http import QueryDict

from accounts.clean import number
from accounts.models import Team
from gate.checks.claims import KINDS, STANCES, occurrences
from gate.content import ChannelContent, Claim, normalise
from gate.evidence import library
from scheduler import shelf
from scheduler.models import Post

MOST: Final = 60
"""Answers of one post; more are refused in words (scheduler/forms.py)."""
MOST_WORDS: Final = 2_000
"""Characters of one claim."""
MOST_EVIDENCE: Final = 20
"""Pieces for one claim."""
SAME: Final = "same-"


@dataclass(slots=True)
class Answer:
    """What is said about words of a post. `kind`: "" where the author marked them; `stance`: "" where nothing is said;
    `evidence`: ids in the team's library."""

    text: str
    kind: str = ""
    stance: str = ""
    evidence: list[int] = field(default_factory=list)

    @property
    def key(self) -> str:
        """How the page's fields name it."""
        return key_of(self.text)

    @property
    def says_something(self) -> bool:
        return bool(self.stance) or not self.kind

    def row(self) -> dict[str, Any]:
        """As it is stored with the post."""
        return {"text": self.text, "kind": self.kind, "stance": self.stance, "evidence": self.evidence}


def key_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def read(rows: Iterable[Mapping[str, Any]]) -> list[Answer]:
    """Answers as they are stored, or as another way in gives them: what is none is left out, of two about the same
    words the first counts."""
    answers = [_answer(row) for row in rows if isinstance(row, Mapping)]
    kept = {each.text: each for each in reversed(answers) if each.text}
    return [each for each in reversed(kept.values()) if each.says_something]


def of_request(data: QueryDict) -> list[Answer]:
    """The answers of the page, those that only stood by for changed words among them."""
    removed = data.get("do", "").removeprefix("unclaim:")
    keys = [key for key in dict.fromkeys(data.getlist("claim")) if key != removed]
    answers = {key: _typed(data, key) for key in keys[: 3 * MOST]}
    for key, each in answers.items():
        said = data.get(f"claim-{key}-stance", "")
        before = answers.get(said.removeprefix(SAME)) if said.startswith(SAME) else None
        if before:
            answers[key] = replace(each, stance=before.stance, evidence=list(before.evidence))
    if data.get("do") == "claim" and (words := normalise(data.get("claim_words", ""))[:MOST_WORDS]):
        answers.setdefault(key_of(words), Answer(words))
    return [each for each in answers.values() if each.text and each.says_something]


def standing(answers: Iterable[Answer], texts: Sequence[str]) -> list[Answer]:
    """Those whose words stand in one of the texts."""
    normal = [normalise(text) for text in texts]
    return [each for each in answers if any(occurrences(text, each.text) for text in normal)]


def readable(channels: Iterable[ChannelContent]) -> list[str]:
    """Every text of a content, where a claim may stand."""
    found: dict[str, None] = {}
    for channel in channels:
        found[channel.options.content_warning] = None
        for part in channel.parts:
            found |= dict.fromkeys((part.text, *(media.alt for media in part.media)))
    return [text for text in found if text]


def frozen(team: Team, answers: Iterable[Answer], channels: Sequence[ChannelContent]) -> tuple[Claim, ...]:
    """What is signed: the answers whose words stand in the content, with their evidence as it is now. Raises Incomplete
    where a piece of evidence cannot be had."""
    here = standing(answers, readable(channels))
    return tuple(Claim(a.text, a.stance, a.kind, library.sources(team, a.evidence)) for a in here)


def sketched(answers: Iterable[Answer], evidence: shelf.Shelf) -> tuple[Claim, ...]:
    """The same while somebody writes: evidence that cannot be had carries nothing, and the check says so."""
    return tuple(Claim(a.text, a.stance, a.kind, evidence.sources(a.evidence)) for a in answers)


def of_post(post: Post) -> tuple[Claim, ...]:
    """Of a stored post that is not handed in."""
    answers = read(post.claims)
    return sketched(answers, shelf.Shelf(post.team, shelf.day_of(post.due_at, post.tz)))


def titles(team: Team, answers: Iterable[Answer]) -> dict[int, str]:
    """Of the evidence that they name."""
    ids = {pk for answer in answers for pk in answer.evidence}
    return library.titles(team, ids) if ids else {}


def in_words(answer: Answer | None, titles: Mapping[int, str]) -> str:
    if answer is None:
        return ""
    if answer.stance == "opinion":
        return "An opinion, no claim"
    if answer.stance == "evidence":
        carried = [titles.get(pk, "evidence that is gone") for pk in answer.evidence]
        return ", ".join(carried) or "Evidence, none chosen"
    return "A claim, not answered yet"


def told(post: Post) -> list[tuple[str, str]]:
    """Words of a stored post, and what is said about them."""
    answers = read(post.claims)
    named = titles(post.team, answers)
    return [(answer.text, in_words(answer, named)) for answer in answers]


def _answer(row: Mapping[str, Any]) -> Answer:
    kind, stance = str(row.get("kind", "")), str(row.get("stance", ""))
    ids = [each for each in row.get("evidence") or () if isinstance(each, int) and not isinstance(each, bool)]
    return _clean(str(row.get("text", "")), kind, stance, ids)


def _typed(data: QueryDict, key: str) -> Answer:
    given = (number(value) for value in data.getlist(f"claim-{key}-evidence"))
    ids = [each for each in given if each is not None]
    stance = data.get(f"claim-{key}-stance", "") or ("evidence" if ids else "")
    return _clean(data.get(f"claim-{key}-text", ""), data.get(f"claim-{key}-kind", ""), stance, ids)


def _clean(text: str, kind: str, stance: str, ids: Iterable[int]) -> Answer:
    stance = stance if stance in STANCES else ""
    evidence = list(dict.fromkeys(ids))[:MOST_EVIDENCE] if stance == "evidence" else []
    return Answer(normalise(text)[:MOST_WORDS], kind if kind in KINDS else "", stance, evidence)
