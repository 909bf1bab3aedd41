"""What an organisation may set for the check disclosure, and the settings as the check reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gate.checks import labels
from gate.checks.base import CheckSettings, Configured, Level
from gate.checks.settings import Input, Setting, level, override
from gate.content import normalise

NAMES = {
    "en": "English",
    "de": "German",
    "fr": "French",
    "es": "Spanish",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
}
LONGEST_LABEL = 40
FIRM = (Level.BLOCKS, Level.ATTEST)
PLAIN, LABEL = "plain", "label"


def own_label(line: str) -> tuple[str, str]:
    """Language and words of a line such as "de: Produktplatzierung". Raises ValueError, for whoever set it."""
    language, colon, words = line.partition(":")
    language, words = language.strip().lower(), normalise(words).removeprefix("#").strip()
    if not colon or language not in NAMES:
        raise ValueError(f"{line!r} does not begin with one of {', '.join(NAMES)} and a colon.")
    if not 2 <= len(words) <= LONGEST_LABEL or not words[0].isalnum():
        raise ValueError(f"{line!r} names no label of 2 to {LONGEST_LABEL} characters behind its colon.")
    return language, words


def _needs(relationship: str, words: str) -> Setting:
    return Setting(
        f"needs_{relationship}",
        words,
        Input.CHOICE,
        PLAIN,
        choices=(
            (PLAIN, "A label, or plain words that name the connection"),
            (LABEL, "A label that says advertising"),
        ),
    )


SETTINGS: tuple[Setting, ...] = (
    _needs("employee", "What a post by an employee needs"),
    _needs("gifted", "What a post about a gift needs"),
    _needs("affiliate", "What a post with links that earn needs"),
    _needs("own_product", "What a post about your own product needs"),
    Setting(
        "labels",
        "Your own labels",
        Input.LINES,
        [],
        "One a line, with its language: “de: Produktplatzierung”. They count as labels, and the first of a language is "
        "what one click puts in.",
        valid=own_label,
    ),
    Setting(
        "language",
        "Language of a label where the text's own is not clear",
        Input.CHOICE,
        labels.DEFAULT_LANGUAGE,
        choices=tuple(NAMES.items()),
    ),
    level("disclosure.missing", "No word about a connection", Level.BLOCKS, FIRM),
    level("disclosure.unclear", "Only unclear words about it", Level.BLOCKS, FIRM),
    level("disclosure.late", "The word stands too late", Level.BLOCKS, FIRM),
    level("disclosure.own-product", "Your own product, and no word about it", Level.ATTEST),
    level("disclosure.contradiction", "Words of advertising, no connection declared", Level.BLOCKS, FIRM),
    level("disclosure.flag", "The platform's own mark is not as declared", Level.BLOCKS, FIRM),
    level("disclosure.ai-label", "AI picture without a label", Level.BLOCKS, FIRM),
    level("disclosure.ai-contradiction", "The file says AI, the author does not", Level.BLOCKS, FIRM),
    level("disclosure.ai-enhanced", "The file says that a program enhanced it", Level.ADVISES),
    level("disclosure.ai-camera", "The author says AI, the file says camera", Level.ATTEST),
    level("disclosure.ai-lifelike", "AI picture that could be taken for real", Level.ATTEST),
    override(),
)
"""ai-text and ai-public-interest have no level to set: where a person has to answer for them, one is named."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings, read. `own`: the organisation's labels by language; `language`: where a text's own is not clear."""

    own: Mapping[str, tuple[str, ...]]
    language: str
    needs: Mapping[str, str]

    @classmethod
    def of(cls, check: Configured, settings: CheckSettings) -> Rules:
        own: dict[str, tuple[str, ...]] = {}
        for language, words in map(own_label, settings.value(check, "labels")):
            own[language] = (*own.get(language, ()), words)
        needs = {
            relationship: settings.value(check, f"needs_{relationship}")
            for relationship in ("employee", "gifted", "affiliate", "own_product")
        }
        return cls(own, settings.value(check, "language"), needs)

    @property
    def all_own(self) -> tuple[str, ...]:
        return tuple(words for of_language in self.own.values() for words in of_language)

    def plain_words(self, relationship: str) -> bool:
        """Whether words that name the connection do, without a label that says advertising."""
        return self.needs.get(relationship, LABEL) == PLAIN
