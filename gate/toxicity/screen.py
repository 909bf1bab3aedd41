"""The embedded screen: our own words and rules in five languages (lexicon.py). It serves until a trained model does.

It needs no model and no package, and knows neither context nor irony nor other languages, so it never replaces a
reader. Which other screens were measured is in docs/decisions/0032.

The score of a sentence is how likely it is meant to hurt: words count together (two of 0.5 make 0.75); a word of insult
counts for more where somebody is addressed with it; a threat, and what is said against a whole group, has a score of
its own. The scale is ours, and no probability that anybody measured.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from gate.toxicity.lexicon import LANGUAGES, Language

VERSION = "1.1"
ADDRESSED = 0.3
"""What remains of the doubt where a word is said to or of somebody."""
BETWEEN = 4
"""How many words may stand between the address and the word, or between a group and what is said of it."""
THREAT, GROUP, MILDER = 0.88, 0.85, 0.5
NOT = r"(?:not|never|no|nicht|keine?|pas|jamais|no|nunca|nao|aren't|isn't|ain't)"


@dataclass(frozen=True, slots=True)
class _Rules:
    weights: tuple[tuple[float, re.Pattern[str]], ...]
    addressed: re.Pattern[str]
    threats: re.Pattern[str]
    milder: re.Pattern[str]
    against: re.Pattern[str]


def _rules(language: Language) -> _Rules:
    weights = {weight: _words(words) for weight, words in language.weights.items()}
    every = "|".join(weights.values())
    step = rf"(?:[\s,]+(?!{NOT}\b)[\w'-]+){{0,{BETWEEN}}}?[\s,]+"
    between = rf"(?:\s+(?!{NOT}\b)[\w'-]+){{0,3}}?\s+"
    vile = rf"(?<!\w)(?:{language.groups})\s+(?:{language.are}){between}(?:{language.vile})(?!\w)"
    unwanted = (pattern.replace("GROUPS", language.groups) for pattern in language.unwanted)
    return _Rules(
        tuple((weight, re.compile(rf"(?<![\w'-])(?:{words})(?!\w)")) for weight, words in weights.items()),
        re.compile(
            rf"(?<!\w)(?:{language.somebody}){step}(?:{every})(?!\w)|(?<![\w'-])(?:{every}),?\s+(?:you|@\w+)\b"
            rf"|,\s(?:{every})\W*$"
        ),
        re.compile("|".join(language.threats)),
        re.compile("|".join(language.milder)),
        re.compile("|".join((vile, *unwanted))),
    )


def _words(words: str) -> str:
    return "|".join(re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s") for word in words.split("|"))


_ALL = tuple(_rules(language) for language in LANGUAGES)
_MASKED = re.compile(r"(?<!\w)\w+[*#]+\w*|(?<!\w)\w[*#]+\w+")


class Screen:
    name = "screen"
    trained = False

    def __init__(self) -> None:
        self.version = f"words and rules {VERSION}"

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        return [{"offensive": _remembered(sentence)} for sentence in sentences]


class Unremembered(Screen):
    """The same words and rules for texts of which nothing may stay in memory: personal posts that members look at."""

    def score(self, sentences: Sequence[str]) -> list[dict[str, float]]:
        return [{"offensive": _score(sentence)} for sentence in sentences]


@lru_cache(maxsize=2_048)
def _remembered(sentence: str) -> float:
    return _score(sentence)


def _score(sentence: str) -> float:
    plain = _plain(sentence)
    return round(max((_said(plain, rules) for rules in _ALL), default=0.0), 3)


def _plain(sentence: str) -> str:
    """Without case and accents, with straight apostrophes and single blanks, masked words written out."""
    letters = unicodedata.normalize("NFKD", sentence.casefold().replace("’", "'"))
    bare = "".join(c for c in letters if not unicodedata.combining(c))
    return _MASKED.sub(_unmasked, " ".join(bare.split()))


def _said(plain: str, rules: _Rules) -> float:
    doubt = 1.0
    for weight in _found(plain, rules):
        doubt *= 1 - weight
    if doubt < 1 and rules.addressed.search(plain):
        doubt *= ADDRESSED
    told = [
        score
        for score, pattern in ((THREAT, rules.threats), (GROUP, rules.against), (MILDER, rules.milder))
        if pattern.search(plain)
    ]
    return min(0.99, max([1 - doubt, *told]))


def _found(plain: str, rules: _Rules) -> Iterator[float]:
    """The weight of every distinct word of the list."""
    for weight, pattern in rules.weights:
        yield from [weight] * len({match[0] for match in pattern.finditer(plain)})


def _unmasked(masked: re.Match[str]) -> str:
    """ "sh*t": the word of the list that has these letters and this length, half of them at least; else as it is."""
    if 2 * sum(map(masked[0].count, "*#")) > len(masked[0]):
        return masked[0]
    shape = re.compile("".join(r"\w" if c in "*#" else re.escape(c) for c in masked[0]))
    return next((word for word in _MASKABLE if shape.fullmatch(word)), masked[0])


_MASKABLE = [
    word
    for language in LANGUAGES
    for weight, words in language.weights.items()
    if weight >= 0.5
    for word in words.replace("*", "").split("|")
    if word.isalpha()
]
