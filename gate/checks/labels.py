"""The label put into a text where readers see it: the sentence of the check disclosure, made into an edit.

Whatever the text, the check is satisfied afterwards, and putting the label in twice changes nothing more.
"""

from collections.abc import Callable, Iterable, Sequence

import regex

from gate.checks import disclosure_words as words
from gate.checks.disclosure_places import is_seen, matches
from gate.content import normalise

DEFAULT_LANGUAGE = "en"

ADVERTISING = {
    "en": ("Ad",),
    "de": ("Werbung", "Anzeige"),
    "fr": ("Publicité", "Pub"),
    "es": ("Publicidad", "Publi"),
    "pt": ("Publicidade", "Pub"),
    "it": ("Pubblicità", "Adv"),
    "nl": ("Advertentie", "Reclame"),
}
"""By language, the clearest first, a shorter one behind it where room is short. Sources: disclosure_words.py."""
EMPLOYED = {
    "en": ("I work for them", "My employer"),
    "de": ("Ich arbeite für sie", "Mein Arbeitgeber"),
    "fr": ("Je travaille pour eux", "Mon employeur"),
    "es": ("Trabajo para ellos",),
    "pt": ("Trabalho para eles",),
    "it": ("Lavoro per loro",),
    "nl": ("Ik werk voor hen", "Mijn werkgever"),
}
MADE_WITH_AI = {
    "en": "Made with AI",
    "de": "Mit KI erstellt",
    "fr": "Créé avec l’IA",
    "es": "Hecho con IA",
    "pt": "Feito com IA",
    "it": "Fatto con IA",
    "nl": "Gemaakt met AI",
}
WRITTEN_WITH_AI = {
    "en": "Written with AI",
    "de": "Mit KI geschrieben",
    "fr": "Écrit avec l’IA",
    "es": "Escrito con IA",
    "pt": "Escrito com IA",
    "it": "Scritto con IA",
    "nl": "Geschreven met AI",
}
LANGUAGES = tuple(ADVERTISING)

_WORD = regex.compile(r"\S+")
_HASHTAG = regex.compile(r"#\w+")


def connection_patterns(
    relationship: str, *, plain_words: bool = True, own: Sequence[str] = ()
) -> list[regex.Pattern[str]]:
    """What says clearly that there is such a connection. `plain_words`: whether words that name it do, besides a label
    that says advertising; `own`: labels of the organisation."""
    patterns = [words.LABEL, words.PHRASE]
    if own:
        patterns.append(words.own_label(tuple(own)))
    if plain_words and relationship in words.BY_RELATIONSHIP:
        patterns.append(words.BY_RELATIONSHIP[relationship])
    return patterns


def connection_label(
    language: str, relationship: str, *, plain_words: bool = True, own: Sequence[str] = ()
) -> tuple[str, ...]:
    """The labels for a language, the best first; English where we know none for it."""
    known = EMPLOYED if relationship == "employee" and plain_words else ADVERTISING
    return (*own, *known.get(language, known[DEFAULT_LANGUAGE]))


def ai_label(language: str, made: str) -> str:
    """The label of AI for a language; English where we know none. `made`: the author's answer (Declarations.ai)."""
    known = WRITTEN_WITH_AI if made == "text" else MADE_WITH_AI
    return known.get(language, known[DEFAULT_LANGUAGE])


def with_connection(
    text: str,
    platforms: Iterable[str],
    language: str,
    relationship: str,
    *,
    plain_words: bool = True,
    own: Sequence[str] = (),
    fits: Callable[[str], bool] = lambda _: True,
) -> str:
    """The text with the label in front, on platforms with folds of their own; as it was where they all show one
    already. `own`: the organisation's labels for this language. `fits`: whether a text is short enough; where no
    label leaves it so, the clearest goes in, and the author shortens the rest."""
    patterns = connection_patterns(relationship, plain_words=plain_words, own=own)
    if _is_shown(text, platforms, patterns):
        return text
    choices = [
        _in_front(label, text, language)
        for label in connection_label(language, relationship, plain_words=plain_words, own=own)
    ]
    return next((choice for choice in choices if fits(choice)), choices[0])


def with_ai(text: str, platforms: Iterable[str], language: str, made: str = "both") -> str:
    """The text with the label of AI: behind its first words where that is before every fold, in front of the hashtags
    that end it; in front of everything where it is not. As it was where all the platforms show one already."""
    platforms = list(platforms)
    if _is_shown(text, platforms, [words.AI_LABEL]):
        return text
    label = ai_label(language, made)
    head = text[: _hashtags_at_the_end(text)].rstrip()
    behind = f"{head} ({label}){text[len(head) :].rstrip()}"
    if head and _is_shown(behind, platforms, [words.AI_LABEL]):
        return behind
    return _in_front(label, text, language) if text.strip() else label


def _hashtags_at_the_end(text: str) -> int:
    """Where the hashtags begin that end the text; its length where none do."""
    cut = len(text)
    for word in reversed(list(_WORD.finditer(text))):
        if not _HASHTAG.fullmatch(word.group()):
            break
        cut = word.start()
    return cut


def _in_front(label: str, text: str, language: str) -> str:
    colon = " :" if language == "fr" else ":"
    return f"{label}{colon} {text.lstrip()}"


def _is_shown(text: str, platforms: Iterable[str], patterns: Sequence[regex.Pattern[str]]) -> bool:
    """As the content will be frozen: normalised."""
    frozen = normalise(text)
    places = matches(frozen, patterns)
    return all(any(is_seen(frozen, platform, *place) for place in places) for platform in platforms)
