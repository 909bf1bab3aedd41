"""Where a text has web addresses, without the punctuation of the sentence around them."""

import re
from collections.abc import Iterator

_LINK = re.compile(r"(?<![\w@/.])https?://[^\s<>\"]+", re.IGNORECASE)
_HOST = re.compile(r"https?://(?:[\w-]+\.)+[^\W\d_][\w-]+(?::\d+)?(?:[/?#]|\Z)", re.IGNORECASE)
_SENTENCE = ".,;:!?'’”»*_"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def links(text: str) -> Iterator[tuple[int, int]]:
    """Start and end, in code points, of every http or https address whose host has a name with a dot."""
    for match in _LINK.finditer(text):
        address = without_punctuation(match[0])
        if _HOST.match(address):
            yield match.start(), match.start() + len(address)


def without_punctuation(address: str) -> str:
    """The address without the marks that end the sentence or close the bracket around it."""
    alone = {close: address.count(close) - address.count(opening) for close, opening in _PAIRS.items()}
    end = len(address)
    while (last := address[end - 1]) in _SENTENCE or alone.get(last, 0) > 0:
        if last in alone:
            alone[last] -= 1
        end -= 1
    return address[:end]
