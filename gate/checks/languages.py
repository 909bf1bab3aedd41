"""Which language a short text is in, by its commonest words: enough to choose the words of a label, no more.

The commonest words of a language are facts about it; those that two of the languages share say nothing and are left
out where they would decide.
"""

from collections import Counter

import regex

COMMON = {
    "en": "the and is are was were of to with for this that we our you your from have has it not be by what how",
    "de": "der die das und ist sind war mit für wir unser unsere ihr euch nicht ein eine einen auf von zu den dem im",
    "fr": "le les des et est sont avec pour nous notre nos vous votre une dans sur pas qui ce cette aux du au ces",
    "es": "el los las y es son con para nosotros nuestro nuestra nuestros una en del al por que no muy este esta",
    "pt": "o os as e é são com para nós nosso nossa nossos uma em do da dos das ao não muito este esta você um na no",
    "it": "il gli e è sono con per noi nostro nostra nostri una di della del nel al non che questo questa i alla",
    "nl": "de het een en is zijn met voor wij we onze ons van op niet dat dit aan bij naar ook je jullie er te",
}
_WORDS = {language: frozenset(words.split()) for language, words in COMMON.items()}
_WORD = regex.compile(r"(?<![@#\w/])\p{L}+(?![\w/@])")
_LONGEST = 2_000


def language_of(text: str) -> str:
    """Its two-letter code, or "" where no language of COMMON stands out."""
    seen = Counter(word.lower() for word in _WORD.findall(text[:_LONGEST]))
    hits = sorted(
        ((sum(seen[word] for word in words), language) for language, words in _WORDS.items()), reverse=True
    )
    (most, language), (second, _) = hits[0], hits[1]
    return language if most > second else ""
